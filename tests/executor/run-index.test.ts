import { expect, test } from 'vitest';

import type { EventBody, RunEvent } from '../../src/domain/run/events.js';
import type { Signing } from '../../src/domain/run/signatures.js';
import { RunIndex } from '../../src/executor/run-index.js';

const RUN = 'prun-019a0000-0000-7000-8000-000000000001';
const KEY = '0/1/1';
const AGAIN = '0/2/1';
const SAME = 'same-call';

const events = (bodies: EventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({ v: 1, seq: index + 1, ts: '2026-01-01T00:00:00Z', run_id: RUN, ...body }));
function indexWith(past: RunEvent[], judge?: Signing['judge']): RunIndex {
  const index = new RunIndex(judge);
  for (const event of past) index.addPast(event);
  return index;
}
const indexOf = (...bodies: EventBody[]) => indexWith(events(bodies));

const begun = (key = KEY): EventBody => ({
  ...{ type: 'tool.started', key, path: '0', tool_id: 't', effect: 'once' },
  ...{ args: { value: {} }, idempotency_key: SAME },
});
const gave = (key = KEY, created?: string[]): EventBody => ({
  ...{ type: 'tool.finished', key, path: '0', tool_id: 't', idempotency_key: SAME, ms: 1 },
  outcome: { kind: 'output', output: { value: 7 }, ...(created && { created }) },
});
const broke = (key = KEY): EventBody => ({
  ...{ type: 'tool.failed', key, path: '0', tool_id: 't', ms: 1 },
  ...{ message: 'no', retryable: true, not_done: false },
});
const error = { code: 'step-failed', message: 'no', step: '0', retryable: true } as const;
const failed: EventBody = { type: 'step.failed', path: '0', attempt: 1, error };
const completed: EventBody = {
  ...{ type: 'step.completed', path: '0', output_name: '$x' },
  output: { value: 7, summary: null },
};

test('when nothing is recorded of a key or a path then nothing is known of it', () => {
  const index = indexOf();
  expect(index.effect(KEY)).toEqual({ starts: 0 });
  expect(index.latestCall(SAME)).toBeUndefined();
  expect([index.failuresOf('0'), index.callsBegun('0'), index.isFinished('0')]).toEqual([0, 0, false]);
});

test('when a call is begun a second time then it has no result until it ends again', () => {
  expect(indexOf(begun(), gave()).effect(KEY)).toMatchObject({ starts: 1, toolFinished: { ms: 1 } });
  const index = indexOf(begun(), gave(), begun());
  expect(index.effect(KEY)).toMatchObject({ starts: 2, toolStarted: { key: KEY } });
  expect(index.effect(KEY).toolFinished).toBeUndefined();
});

test('when two attempts make the same call then the latest is found by what makes them the same', () => {
  const index = indexOf(begun(), broke(), failed, begun(AGAIN));
  expect(index.latestCall(SAME)?.toolStarted?.key).toBe(AGAIN);
  expect(index.effect(KEY).toolFailed?.message).toBe('no');
});

test('when a failed call is the last of a step then that is known until the step fails or calls again', () => {
  expect(indexOf(begun(), broke()).endsInFailedCall('0')).toBe(true);
  for (const next of [failed, begun(AGAIN), completed]) {
    expect(indexOf(begun(), broke(), next).endsInFailedCall('0')).toBe(false);
  }
});

test('when a run is given up then failures in a row begin anew, and those of all time do not', () => {
  const index = indexOf(failed, failed, { type: 'run.failed', error }, failed);
  expect([index.failuresOf('0'), index.failuresInARow('0')]).toEqual([3, 1]);
});

test('when a step is finished then what it left is there, and its calls are forgotten', () => {
  const index = indexOf(begun(), gave(), completed);
  expect(index.isFinished('0')).toBe(true);
  expect(index.outputOf('0')).toEqual({ value: 7, summary: null });
  expect(index.effect(KEY)).toEqual({ starts: 0 });
  expect(index.latestCall(SAME)).toBeUndefined();
});

test('when nobody whom the user knows signed that files were made then they do not count as made here', () => {
  const made = events([begun(), gave(KEY, ['/x/a.txt'])]);
  expect([...indexWith(made).created]).toEqual(['/x/a.txt']);
  expect([...indexWith(made, () => ({ kind: 'forged' })).created]).toEqual([]);
  const signed = made.map((event) => ({ ...event, signature: { key: 'k', value: 'v' } }));
  expect([...indexWith(signed, () => ({ kind: 'own' })).created]).toEqual(['/x/a.txt']);
});

test('when an event comes that is new then the index takes it in like those that were there', () => {
  const index = indexOf();
  for (const event of events([begun(), gave(KEY, ['/x/b.txt'])])) index.add(event);
  expect(index.callsBegun('0')).toBe(1);
  expect([...index.created]).toEqual(['/x/b.txt']);
});
