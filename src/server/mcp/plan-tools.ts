import type { PlanInput } from '../../domain/plan/plan.js';
import { setOwn, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { count } from '../../ui/brief-value.js';
import { startPlan } from './given-plans.js';
import type { ToolParts } from './own-tools.js';
import { runResultSchema } from './results.js';
import type { ServedPlan } from './serving.js';
import type { ServedTool } from './tool.js';

/** A plan as a tool of its own: its inputs are the arguments, and a call is a run. */
export function planAsTool({ name, found }: ServedPlan, parts: ToolParts): ServedTool {
  const { plan } = found;
  return {
    described: {
      name,
      title: plan.plan_context.query,
      description: `${plan.plan_context.query}\n\nRuns a plan of ${count(plan.steps.length, 'step')}. When a person has to answer, the run waits and says how.`,
      inputSchema: { ...inputSchema(plan.plan_inputs), type: 'object' },
      outputSchema: runResultSchema(plan.output_schema),
      annotations: { readOnlyHint: false },
    },
    async run(args, call) {
      return parts.runs.end(call, await startPlan(found, args, parts));
    },
  };
}

function inputSchema(inputs: readonly PlanInput[]): JsonSchema {
  const properties: JsonObject = {};
  for (const input of inputs) setOwn(properties, bareName(input.name), schemaOf(input));
  const required = inputs.filter((input) => input.default === undefined).map(({ name }) => bareName(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

function schemaOf({ schema = {}, description, default: preset }: PlanInput): JsonSchema {
  const told: JsonSchema = description === null || description === undefined ? {} : { description };
  return { ...told, ...(preset === undefined ? {} : { default: preset }), ...schema };
}
