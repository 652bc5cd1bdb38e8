import type { JsonObject, JsonSchema } from '../../domain/json.js';
import type { Plan, SubPlanStep } from '../../domain/plan.js';
import { subPlanKey, type SubPlanReference } from '../../domain/sub-plans.js';
import { bareName } from '../../domain/names.js';
import { fillArguments } from '../expressions.js';
import { failed, type StepContext, type StepOutcome } from '../run-context.js';
import { runSubPlan } from '../sub-run.js';

/** Runs another plan as a run of its own; gives what it comes to. Its questions are asked in this run. */
export async function runPlanStep(context: StepContext, step: SubPlanStep): Promise<StepOutcome> {
  const plan = context.subPlans.get(subPlanKey(step.plan as SubPlanReference));
  if (plan === undefined) {
    const message = 'The plan of this step is not here.';
    return failed(context, { code: 'plan-missing', message, retryable: false });
  }
  const filled = await fillArguments(context, step.inputs, schemaOfInputs(plan, Object.keys(step.inputs)));
  if (!filled.ok) return filled.stop;
  const given = Object.fromEntries(Object.entries(filled.value).map(([name, value]) => [bareName(name), value]));
  const checked = await context.services.checkInputs(plan, given);
  if (checked.ok) return runSubPlan(context, plan, checked.values);
  const message = `The inputs for ${plan.id} do not fit: ${checked.problem}`;
  return failed(context, { code: 'invalid-input', message, retryable: false });
}

/** The schemas that the plan gives its inputs, under the names that the step spells them with. */
function schemaOfInputs({ plan_inputs: inputs }: Plan, names: string[]): JsonSchema {
  const named = names.map((name) => [
    name,
    inputs.find((input) => bareName(input.name) === bareName(name))?.schema ?? {},
  ]);
  return { properties: Object.fromEntries(named) as JsonObject };
}
