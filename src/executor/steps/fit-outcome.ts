import { fitValue } from '../../domain/values/fit-value.js';
import { outputSchemaOf } from '../../domain/plan/plan-steps.js';
import type { Step } from '../../domain/plan/plan.js';
import { kindOf } from '../../domain/plan/step-kinds/step-kinds.js';
import { schemaShape } from '../reply-shape.js';
import type { StepContext } from '../run-context.js';
import { failed, type StepOutcome } from '../outcomes.js';

/** What a step without a model leaves, held to its `output_schema`; a model's steps have asked for it themselves. */
export async function fitOutcome(context: StepContext, step: Step, outcome: StepOutcome): Promise<StepOutcome> {
  const isOfModel = kindOf(step).modelCalls(step).most > 0;
  const schema = outputSchemaOf(step);
  if (outcome.kind !== 'completed' || isOfModel || schema === undefined) return outcome;
  const value = fitValue(outcome.value, schema);
  const { validate } = await schemaShape(context.services, 'step_output', schema);
  const problems = validate(value);
  if (problems.length === 0) return { ...outcome, value };
  const message = `What the step leaves does not fit its output_schema: ${problems.slice(0, 5).join('; ')}.`;
  return failed(context, { code: 'step-failed', message, retryable: false });
}
