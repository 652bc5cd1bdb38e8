import type { RunId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { planDigest } from '../domain/plan-digest.js';
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
  recorder.append({
    type: 'run.created',
    plan_id: plan.id,
    plan_digest: planDigest(plan),
    step_count: plan.steps.length,
    end_user_id: run.endUserId,
    plan_run_inputs,
    ...(run.parent && { parent_run: run.parent }),
    ...(subPlans.size > 0 && { plans: subPlanDigests(subPlans) }),
    tools: fingerprintTools([plan, ...subPlans.values()], services.tools),
  });
}
