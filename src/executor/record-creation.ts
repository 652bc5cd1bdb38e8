import type { RunId } from '../domain/values/ids.js';
import { toJson, type Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { DEFAULT_AGENT, type AgentType } from '../domain/values/agent-types.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { ModelUsage } from '../domain/run/events.js';
import type { ToolDefinition } from '../domain/run/tool-definition.js';
import type { Person } from '../domain/run/person.js';
import type { Output, ParentRun } from '../domain/run/run.js';
import { isSecretSchema, shownSecret } from '../domain/values/secret-values.js';
import { subPlanDigests } from '../domain/plan/sub-plans.js';
import type { Tool } from '../tools/tool.js';
import type { RunContext } from './run-context.js';
import type { RunTools } from './services.js';
import { fingerprintTools } from './tool-fingerprints.js';

/** What finds the value of an input that is a secret. */
export function inputHandle(id: RunId, name: string): string {
  return `${id}/${bareName(name)}`;
}

/** Records the first event of a run: which plan, for whom, with what, and what was approved with it. */
export async function recordCreation(
  { plan, subPlans, recorder, services, secrets }: RunContext,
  run: {
    id: RunId;
    endUserId: string;
    inputs: Record<string, Json>;
    /** How agents work whose steps do not say. */
    agent: AgentType;
    parent?: ParentRun;
    planning?: ModelUsage[] | undefined;
    /** Who started it, or the run around it. */
    by?: Person | undefined;
    /** The names that secret inputs have in the plan around this one. */
    secretNames?: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const plan_run_inputs: Record<string, Output> = {};
  for (const [name, value] of Object.entries(run.inputs)) {
    const input = plan.plan_inputs.find((candidate) => bareName(candidate.name) === bareName(name));
    if (isSecretSchema(input?.schema)) {
      const secret = inputHandle(run.id, name);
      const called = run.secretNames?.get(bareName(name)) ?? bareName(name);
      secrets.hold(secret, { name: called, value });
      plan_run_inputs[name] = { value: shownSecret(called), summary: null, secret };
    } else plan_run_inputs[name] = await recorder.toInput(run.id, name, value);
  }
  const plans = [plan, ...subPlans.values()];
  const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
  const stubbed = called.filter((tool) => services.tools.get(tool)?.source === 'stub');
  const definitions = definitionsOf(called, services.tools);
  const tool_definitions = definitions.length === 0 ? undefined : await recorder.keepRequest(definitions);
  recorder.append({
    type: 'run.created',
    plan_id: plan.id,
    plan_digest: planDigest(plan),
    step_count: plan.steps.length,
    end_user_id: run.endUserId,
    plan_run_inputs,
    ...(run.agent !== DEFAULT_AGENT && { agent: run.agent }),
    ...(run.parent && { parent_run: run.parent }),
    ...(services.traces?.traceparent !== undefined &&
      run.parent === undefined && { traceparent: services.traces.traceparent }),
    ...(run.planning && run.planning.length > 0 && { planning: run.planning }),
    ...(stubbed.length > 0 && { stubbed }),
    ...(subPlans.size > 0 && { plans: subPlanDigests(subPlans) }),
    tools: fingerprintTools(plans, services.tools),
    ...(tool_definitions && { tool_definitions }),
    ...(services.hooks && { hooks: services.hooks.fingerprint }),
    ...(run.by && { by: run.by }),
  });
}

/** What the tools take that are not portia's own. */
function definitionsOf(ids: readonly string[], tools: RunTools): Json[] {
  return ids.flatMap((id): Json[] => {
    const tool = tools.get(id);
    if (tool === undefined || tool.source === 'builtin') return [];
    const written = toJson(definitionOf(tool));
    return written.ok ? [written.value] : [];
  });
}

function definitionOf(tool: Tool): ToolDefinition {
  const { id, name, description, effect, source, sends, isPublic } = tool;
  const output_schema = tool.outputSchema?.();
  return {
    ...{ id, name, description, effect, source, input_schema: tool.inputSchema() },
    ...(output_schema && { output_schema }),
    ...(sends !== undefined && { sends }),
    ...(isPublic !== undefined && { is_public: isPublic }),
  };
}
