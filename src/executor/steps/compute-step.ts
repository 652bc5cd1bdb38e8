import type { ComputeStep } from '../../domain/plan/plan.js';
import { wantsList } from '../../domain/values/fit-value.js';
import { evaluateList, evaluateValue } from '../expressions.js';
import type { StepContext } from '../run-context.js';
import type { StepOutcome } from '../outcomes.js';

/** Evaluates an expression over the names in scope. */
export async function runComputeStep(context: StepContext, step: ComputeStep): Promise<StepOutcome> {
  const asList = wantsList(step.output_schema);
  const evaluated = await (asList ? evaluateList : evaluateValue)(context, step.expression);
  return evaluated.ok ? { kind: 'completed', value: evaluated.value } : evaluated.stop;
}
