import assert from 'node:assert/strict';

import { PortiaError, type ErrorCode } from '../../domain/errors.js';
import type { EventBody } from '../../domain/run/events.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Store } from '../store.js';
import { eventsOfRun, RUN_ID } from './run-examples.js';

/** Makes a run in the store and gives it free. */
export async function makeRun(store: Store, options: { id?: RunId; events?: EventBody[] } = {}): Promise<RunId> {
  const { id = RUN_ID, events = eventsOfRun(1) } = options;
  const log = await store.createRun(id);
  for (const event of events) log.append(event);
  await log.close();
  return id;
}

/** Fails unless the action ends with a PortiaError of this code. */
export async function assertRefused(action: () => unknown, code: ErrorCode): Promise<PortiaError> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    assert.equal(error.code, code, `a PortiaError "${code}", not "${error.code}": ${error.message}`);
    return error;
  }
  throw new assert.AssertionError({ message: `it must end with a PortiaError "${code}", and ended well` });
}

/** Fails unless both are the same as JSON: a property that is undefined is like one that is missing. */
export function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(asJson(actual), asJson(expected));
}

function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
