import { adviceText, portia } from '../../domain/next-step.js';
import { checkInputs, type CheckedInputs } from '../inputs/check-inputs.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { SECRET_VALUE } from '../../domain/plan-check/secret-rules.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { placed } from '../../domain/plan/step-path.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { SubPlans } from '../../domain/plan/sub-plans.js';
import type { ToolRegistry } from '../../tools/registry.js';
import { schemaProblems } from './plan-schemas.js';
import { createSchemaChecks, type SchemaChecks } from '../inputs/schema-checks.js';

/** The plans in which nothing was wrong last, by the tools that there are: a program may run a plan many times. */
const sound = new WeakMap<ToolRegistry, string>();

/**
 * Everything that is wrong with a plan and those inside it is reported at once, before the first step: a PortiaError
 * `invalid-plan`. `name` is what a person calls the plan: its id, or its file.
 */
export async function refuseBrokenPlans(
  { plan, subPlans, name = plan.id }: { plan: Plan; subPlans: SubPlans; name?: string },
  registry: ToolRegistry,
): Promise<void> {
  const plans = new Map([...subPlans.values()].map((inner) => [inner.id, inner]));
  const said = JSON.stringify([plan, ...plans.values()].map((each) => [each.id, planDigest(each)]));
  if (sound.get(registry) === said) return;
  await refuseBrokenPlan({ plan, plans, name }, registry);
  for (const inner of plans.values()) await refuseBrokenPlan({ plan: inner, plans, name: inner.id }, registry);
  sound.set(registry, said);
}

async function refuseBrokenPlan(
  { plan, plans, name }: { plan: Plan; plans: ReadonlyMap<string, Plan>; name: string },
  registry: ToolRegistry,
): Promise<void> {
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const problems = [...checkPlan(plan, { tools, plans }), ...(await schemaProblems(plan))];
  const errors = problems.filter(({ severity, rule }) => severity === 'error' && rule !== SECRET_VALUE);
  if (errors.length === 0) return;
  const count = errors.length === 1 ? 'it has a problem' : `it has ${errors.length} problems`;
  throw new PortiaError('invalid-plan', `The plan ${name} cannot be run: ${count}.`, {
    why: errors
      .map(({ pointer, message, fix }) =>
        fix === undefined ? placed(pointer, message) : `${endedSentence(placed(pointer, message))} ${adviceText(fix)}`,
      )
      .join('\n'),
    fix: portia('check', name),
    planId: plan.id,
    pointer: errors[0]?.pointer,
  });
}

type CheckPlanInputs = (given: Readonly<Record<string, Json>>) => CheckedInputs;

export type InputCheck = CheckPlanInputs &
  Pick<SchemaChecks, 'validate'> & {
    /** Names of the inputs that are secrets. */
    secrets: ReadonlySet<string>;
  };

/** Compares values with what the plan declares, schemas included. */
export async function createInputCheck(plan: Plan): Promise<InputCheck> {
  const { prepare, validate, validateTogether } = createSchemaChecks();
  await prepare(plan.plan_inputs.map(({ schema }) => schema).filter((schema) => schema !== undefined));
  const check: CheckPlanInputs = (given) => checkInputs(plan.plan_inputs, given, validateTogether());
  const secrets = plan.plan_inputs.flatMap(({ name, schema }) => (isSecretSchema(schema) ? [bareName(name)] : []));
  return Object.assign(check, { validate, secrets: new Set(secrets) });
}

function endedSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
