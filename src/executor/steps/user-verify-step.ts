import type { UserVerifyStep } from '../../domain/plan/plan.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import { failed, type StepOutcome } from '../outcomes.js';

/** Asks a person to agree. A no ends the run, or is the value of the step. */
export async function runUserVerifyStep(effects: Effects, step: UserVerifyStep): Promise<StepOutcome> {
  const { context } = effects;
  const message = await fillText(context, step.message);
  if (!message.ok) return message.stop;
  const asked = await effects.ask([
    { category: 'User Verification', user_guidance: message.value, source: 'User verify step' },
  ]);
  if (!asked.ok) return asked.stop;
  const isAgreed = asked.value[0]?.response === true;
  if (isAgreed || step.on_no === 'continue') return { kind: 'completed', value: isAgreed };
  return failed(context, { code: 'declined', message: `A person said no: ${message.value}`, retryable: false });
}
