import { PortiaError } from '../domain/errors.js';
import { SIGNAL_BYTES, type AwaitedEvent } from '../domain/run/signals.js';
import { measureJson } from '../domain/values/digest.js';
import { eventProblem, keyProblem } from '../domain/values/event-names.js';
import { toJson } from '../domain/values/json.js';
import type { SentSignal } from '../storage/signal-store.js';
import type { Store } from '../storage/store.js';

/** Keeps the signal for the run that waits for it. Rejects with `usage` for one that no run could get. */
export async function sendSignal(
  store: Pick<Store, 'sendSignal'>,
  { event, key, data: given }: AwaitedEvent & { data: unknown },
): Promise<SentSignal> {
  const problem = eventProblem(event) ?? keyProblem(key);
  if (problem !== undefined) {
    throw new PortiaError('usage', problem, { fix: 'Use the event and key that the step wait_for of the plan has.' });
  }
  const data = toJson(given);
  if (!data.ok) throw new PortiaError('usage', `The data of the signal is not JSON: ${data.problem}.`);
  const { bytes } = measureJson(data.value);
  if (bytes > SIGNAL_BYTES) {
    throw new PortiaError('usage', `The data of the signal has ${bytes} bytes.`, {
      why: `At most ${SIGNAL_BYTES} are kept.`,
      fix: 'Keep the data elsewhere, and send where it is.',
    });
  }
  return store.sendSignal({ event, key, data: data.value });
}
