import type { RunError } from '../../domain/errors.js';
import { advice, adviceText, portia } from '../../domain/next-step.js';
import { fitValue } from '../../domain/values/fit-value.js';
import { outputSchemaOf } from '../../domain/plan/plan-steps.js';
import type { Step } from '../../domain/plan/plan.js';
import { kindOf } from '../../domain/plan/step-kinds/step-kinds.js';
import type { Effects } from '../effects.js';
import { convertToShape, fittedValue, fittingValue, keptIn, schemaShape } from '../reply-shape.js';
import { failed, type StepOutcome } from '../outcomes.js';
import type { StepContext } from '../run-context.js';

/** What a step leaves, held to its `output_schema`; a model's steps have asked for it themselves. */
export async function fitOutcome(effects: Effects, step: Step, outcome: StepOutcome): Promise<StepOutcome> {
  const { context } = effects;
  const { onMisfit } = kindOf(step);
  const schema = outputSchemaOf(step);
  if (outcome.kind !== 'completed' || outcome.secret !== undefined) return outcome;
  if (onMisfit === 'itself' || schema === undefined) return outcome;
  const shape = await schemaShape(context.services, 'step_output', schema);
  if (onMisfit === 'model' && context.services.modelId('execution') !== undefined) {
    return { ...outcome, value: await convertToShape(effects, outcome.value, { shape, model: undefined }) };
  }
  const fitting = onMisfit === 'model' ? fittingValue(outcome.value, shape) : fittedValue(outcome.value, shape);
  if (fitting !== undefined) return { ...outcome, value: keptIn(context, fitting) };
  const problems = shape.validate(fitValue(outcome.value, schema)).slice(0, 5).join('; ');
  return failed(context, {
    code: 'step-failed',
    message: `What the step leaves does not fit its output_schema: ${problems}.`,
    ...(onMisfit === 'model' && withoutModel(context)),
    retryable: false,
  });
}

function withoutModel({ recorder: { run }, path }: StepContext): Pick<RunError, 'why' | 'fix'> {
  const settle = advice`${portia('resume', run.id, '--done', `${path}:=VALUE`)}   # with a value of that form`;
  return {
    why: 'No model is set that could give it this form.',
    // A run inside another continues with that one.
    ...(run.parent_run === undefined && { fix: adviceText(settle) }),
  };
}
