import { checkInputs, type CheckedInputs } from '../config/check-inputs.js';
import { PortiaError } from '../domain/errors.js';
import { canonicalJson, type Json, type JsonSchema } from '../domain/json.js';
import { checkPlan } from '../domain/plan-rules.js';
import type { Plan } from '../domain/plan.js';
import { RUNNABLE_KINDS } from '../executor/execute-step.js';
import { compileSchema, type CheckValue } from '../tools/json-schema.js';
import type { ToolRegistry } from '../tools/registry.js';

/** Everything that is wrong with a plan is told at once, before its first step: a PortiaError `invalid-plan`. */
export function refuseBrokenPlan(plan: Plan, registry: ToolRegistry): void {
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const errors = checkPlan(plan, { tools, kinds: RUNNABLE_KINDS }).filter((problem) => problem.severity === 'error');
  if (errors.length === 0) return;
  const count = errors.length === 1 ? 'it has a problem' : `it has ${errors.length} problems`;
  throw new PortiaError('invalid-plan', `The plan ${plan.id} cannot be run: ${count}.`, {
    why: errors
      .map(({ pointer, message, fix }) => `${pointer}: ${message}${fix === undefined ? '' : ` ${fix}`}`)
      .join('\n'),
    fix: `portia check ${plan.id}`,
    planId: plan.id,
    pointer: errors[0]?.pointer,
  });
}

export type CheckPlanInputs = (given: Readonly<Record<string, Json>>) => CheckedInputs;

/** Compares values with what the plan declares, schemas included. */
export async function createInputCheck(plan: Plan): Promise<CheckPlanInputs & { validate: Validate }> {
  const checks = new Map<string, CheckValue>();
  for (const { schema } of plan.plan_inputs) {
    if (schema !== undefined) checks.set(canonicalJson(schema), await compileSchema(schema));
  }
  const validate: Validate = (schema, value) =>
    (checks.get(canonicalJson(schema))?.(value) ?? []).map((problem) => problem.message);
  const check: CheckPlanInputs = (given) => checkInputs(plan.plan_inputs, given, validate);
  return Object.assign(check, { validate });
}

type Validate = (schema: JsonSchema, value: Json) => string[];
