import type { ExitStep } from '../../domain/plan/plan.js';
import { fillText } from '../expressions.js';
import type { StepContext } from '../run-context.js';
import type { StepOutcome } from '../outcomes.js';

/** Ends the run of the step's own plan here, as a success or a failure, with a message. */
export async function runExitStep(context: StepContext, step: ExitStep): Promise<StepOutcome> {
  const message = await fillText(context, step.message);
  return message.ok
    ? { kind: 'exited', path: context.path, message: message.value, isError: step.error }
    : message.stop;
}
