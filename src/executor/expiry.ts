import { openClarifications, type Clarification } from '../domain/run/clarification.js';
import type { EventBody } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';
import { firstExpiry, isExpired } from '../domain/run/who-may-answer.js';
import type { Store } from '../storage/store.js';
import { failed, type StepOutcome } from './outcomes.js';
import type { Recorder } from './recorder.js';

const ANY_TIME = new Date(0);

/** The time that decides whether these questions still take an answer: the clock of the store is asked only when one of them ends. */
export async function answeringTime(store: Pick<Store, 'clock'>, questions: readonly Clarification[]): Promise<Date> {
  return firstExpiry(questions) === undefined ? ANY_TIME : store.clock();
}

/** Whether the time of an open question is over, so that the run continues as the plan says. */
export async function hasExpired(store: Pick<Store, 'clock'>, run: Run): Promise<boolean> {
  const open = openClarifications(run);
  const now = await answeringTime(store, open);
  return open.some((question) => isExpired(question, now));
}

/** Records what the plan says of those questions whose time is over. */
export async function closeExpired(
  { recorder, store }: { recorder: Pick<Recorder, 'append'>; store: Pick<Store, 'clock'> },
  questions: readonly Clarification[],
): Promise<void> {
  const open = questions.filter(({ resolved }) => !resolved);
  const now = await answeringTime(store, open);
  for (const question of open) if (isExpired(question, now)) recorder.append(expiryOf(question));
}

/** How the end of the question is recorded: with the value that the plan gives, or without an answer. */
export function expiryOf({ id, on_expiry: then }: Clarification): EventBody {
  if (typeof then !== 'object') return { type: 'clarification.expired', id };
  return { type: 'clarification.resolved', id, response: then.value, channel: 'expiry' };
}

/** The failure of a step whose question nobody answered in time. */
export function expired(context: { path: string }, question: Clarification): StepOutcome & { kind: 'failed' } {
  const { expires_at: until = 'then', user_guidance: asked } = question;
  return failed(context, {
    code: 'expired',
    message: `Nobody answered until ${until}: ${asked}`,
    retryable: false,
  });
}
