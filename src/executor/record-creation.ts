import type { RunId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { planDigest } from '../domain/plan-digest.js';
import { toolsOfSteps } from '../domain/plan-steps.js';
import type { Output, ParentRun } from '../domain/run.js';
import { subPlanDigests } from '../domain/sub-plans.js';
import type { RunContext } from './run-context.js';
import { fingerprintTools } from './tool-fingerprints.js';

/** Records the first event of a run: which plan, for whom, with what, and what was approved with it. */
export async function recordCreation(
  { plan, subPlans, recorder, services }: RunContext,
  run: { id: RunId; endUserId: string; inputs: Record<string, Json>; parent?: ParentRun },
): Promise<void> {
  const plan_run_inputs: Record<string, Output> = {};
  for (const [name, value] of Object.entries(run.inputs)) {
    plan_run_inputs[name] = await recorder.toInput(run.id, name, value);
  }
  const plans = [plan, ...subPlans.values()];
  const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
  const stubbed = called.filter((tool) => services.tools.get(tool)?.source === 'stub');
  recorder.append({
    type: 'run.created',
    plan_id: plan.id,
    plan_digest: planDigest(plan),
    step_count: plan.steps.length,
    end_user_id: run.endUserId,
    plan_run_inputs,
    ...(run.parent && { parent_run: run.parent }),
    ...(stubbed.length > 0 && { stubbed }),
    ...(subPlans.size > 0 && { plans: subPlanDigests(subPlans) }),
    tools: fingerprintTools(plans, services.tools),
  });
}
