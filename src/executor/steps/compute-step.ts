import type { ComputeStep } from '../../domain/plan.js';
import { evaluateValue } from '../expressions.js';
import type { StepContext, StepOutcome } from '../run-context.js';

/** Evaluates an expression over the names in scope. */
export async function runComputeStep(context: StepContext, step: ComputeStep): Promise<StepOutcome> {
  const evaluated = await evaluateValue(context, step.expression);
  return evaluated.ok ? { kind: 'completed', value: evaluated.value } : evaluated.stop;
}
