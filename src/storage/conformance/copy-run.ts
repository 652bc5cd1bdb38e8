import { measureJson } from '../../domain/values/digest.js';
import type { Json } from '../../domain/values/json.js';
import type { ReceivedRun, RunReceiver } from '../run-receiver.js';
import type { Store } from '../store.js';
import { RUN_ID } from './run-examples.js';

/** Gives a run of one store, and these values of it, to the receiver of another one. */
export async function hand(receiver: RunReceiver, from: Store, values: Json[] = []): Promise<void> {
  for (const value of values) receiver.addValue(RUN_ID, { ...measureJson(value), value }, 'the file');
  for await (const line of from.readLines(RUN_ID)) receiver.addLine(line, 'the file');
}

export async function copyRun(from: Store, to: Store, values: Json[] = []): Promise<ReceivedRun[]> {
  const receiver = to.receiveRuns();
  try {
    await hand(receiver, from, values);
    const received = await receiver.check();
    await receiver.take();
    return received;
  } finally {
    await receiver.close();
  }
}
