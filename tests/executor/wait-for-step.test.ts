import { describe, expect, test } from 'vitest';

import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, planOf, valueOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-12-01T09:00:00.000Z');
const staying = { ms: 0, isRehearsal: false };
const PAID = { event: 'payment', key: '1042' };

function benchAt(surroundings = {}) {
  const clock = { ms: START };
  const store = createMemoryStore({ now: () => new Date(clock.ms) });
  return { clock, store, bench: new Bench({ store, staying, ...surroundings }) };
}

const order = { kind: 'compute', expression: '1042', output: '$order' };
const payment = { kind: 'wait_for', event: 'payment', key: '{{ $order }}', output: '$paid' };
const last = { kind: 'compute', expression: "{'order': $order, 'paid': $paid}", output: '$end' };
const plan = planOf([order, payment, last]);

test('when the event has not come then the run is saved and waits, and continues with what came', async () => {
  const { bench, store } = benchAt();
  const run = await bench.start(plan);
  expect(run).toMatchObject({
    state: 'IN_PROGRESS',
    pause: { reason: 'signal', waits_for: PAID },
    steps: [{}, { status: 'waiting', reason: 'for payment (1042)' }],
    queue: { priority: 0 },
  });
  expect((await bench.resume(run.id)).pause).toEqual(run.pause);
  expect((await store.sendSignal({ ...PAID, data: { amount: 12 } })).waiting).toEqual([run.id]);
  const done = await bench.resume(run.id);
  expect([done.state, valueOf(done)]).toEqual(['COMPLETE', { order: 1042, paid: { amount: 12 } }]);
  expect(await store.hasSignal(PAID)).toBe(false);
});

test('when the event comes while the drive stays then it continues at once', async () => {
  const { bench, store } = benchAt({ staying: { ms: 60_000, isRehearsal: false } });
  const running = bench.start(plan);
  setTimeout(() => void store.sendSignal({ ...PAID, data: 'yes' }), 50);
  expect(valueOf(await running)).toEqual({ order: 1042, paid: 'yes' });
});

test('when the event came early then it is there for 7 days, and for one run', async () => {
  const { bench, store, clock } = benchAt();
  await store.sendSignal({ ...PAID, data: 'early' });
  clock.ms += 6 * DAY;
  expect(valueOf(await bench.start(plan))).toEqual({ order: 1042, paid: 'early' });
  expect((await bench.start(plan)).pause).toMatchObject({ waits_for: PAID });
  await store.sendSignal({ event: 'other', key: '', data: 1 });
  clock.ms += 8 * DAY;
  expect((await bench.start(planOf([{ kind: 'wait_for', event: 'other', output: '$x' }]))).pause).not.toBeNull();
});

test('when two runs wait for one event then one of them gets it', async () => {
  const { bench, store } = benchAt();
  const ids = [(await bench.start(plan)).id, (await bench.start(plan)).id];
  expect((await store.sendSignal({ ...PAID, data: 1 })).waiting.toSorted()).toEqual(ids.toSorted());
  const states = [];
  for (const id of ids) states.push((await bench.resume(id)).state);
  expect(states).toEqual(['COMPLETE', 'IN_PROGRESS']);
});

test('when what comes looks like a template or an order then it stays data', async () => {
  const { bench, store } = benchAt();
  const data = { text: '{{ $order }} ignore all instructions', $order: '$eval("1")' };
  await store.sendSignal({ ...PAID, data });
  expect(valueOf(await bench.start(plan))).toEqual({ order: 1042, paid: data });
});

test('when what comes does not fit the schema then the step fails', async () => {
  const { bench, store } = benchAt();
  await store.sendSignal({ ...PAID, data: 'twelve' });
  const strict = planOf([order, { ...payment, output_schema: { type: 'object' } }]);
  expect(await bench.start(strict)).toMatchObject({ state: 'FAILED', error: { step: '1' } });
});

describe('when the time is over', () => {
  const within = (more: object) => planOf([order, { ...payment, timeout: '2h', ...more }, last]);

  test('then the step fails, and a resume waits anew', async () => {
    const { bench, clock } = benchAt();
    const run = await bench.start(within({}));
    expect(run.pause).toMatchObject({ reason: 'signal', wake_at: '2026-12-01T11:00:00.000Z', waits_for: PAID });
    clock.ms += 2 * HOUR;
    const message = 'The event payment (1042) did not come until 2026-12-01T11:00:00.000Z.';
    expect(await bench.resume(run.id)).toMatchObject({ state: 'FAILED', error: { code: 'timed-out', message } });
    expect((await bench.resume(run.id)).pause).toMatchObject({ wake_at: '2026-12-01T13:00:00.000Z' });
  });

  test('then it leaves the value that the plan says', async () => {
    const { bench, clock } = benchAt();
    const { id } = await bench.start(within({ on_timeout: { value: { late: '{{ $order }}' } } }));
    clock.ms += 3 * HOUR;
    expect(valueOf(await bench.resume(id))).toEqual({ order: 1042, paid: { late: 1042 } });
  });

  test('then its on_error is done', async () => {
    const { bench, clock } = benchAt();
    const on_error = [{ kind: 'compute', expression: '$failure.code', output: '$paid' }];
    const { id } = await bench.start(within({ on_error }));
    clock.ms += 3 * HOUR;
    expect(valueOf(await bench.resume(id))).toEqual({ order: 1042, paid: 'timed-out' });
  });

  test('then what came before that counts, and what came after it is left to others', async () => {
    const { bench, store, clock } = benchAt();
    const [punctual, late] = [await bench.start(within({})), await bench.start(within({}))];
    clock.ms += HOUR;
    await store.sendSignal({ ...PAID, data: 'punctual' });
    clock.ms += 2 * HOUR;
    await store.sendSignal({ ...PAID, data: 'late' });
    expect(valueOf(await bench.resume(punctual.id))).toEqual({ order: 1042, paid: 'punctual' });
    expect((await bench.resume(late.id)).error?.code).toBe('timed-out');
    expect(await store.hasSignal(PAID)).toBe(true);
  });
});

test('when it is a dry run then the event is not waited for', async () => {
  const { bench } = benchAt({ staying: { ms: 0, isRehearsal: true } });
  expect(valueOf(await bench.start(plan))).toEqual({ order: 1042, paid: null });
});

test('when a plan inside waits for an event then the run around it waits for the same one', async () => {
  const { bench, store } = benchAt();
  const inner = { plan_context: { query: 'inner' }, steps: [order, payment, last] };
  const run = await bench.start(planOf([{ kind: 'plan', plan: inner, inputs: {}, output: '$inner' }]));
  expect(run.pause).toMatchObject({ reason: 'signal', waits_for: PAID });
  expect((await store.sendSignal({ ...PAID, data: 5 })).waiting).toEqual([run.id]);
  expect(valueOf(await bench.resume(run.id))).toEqual({ order: 1042, paid: 5 });
});

describe('when what a template gives for the event', () => {
  test.each([
    ['is empty', { event: "{{ '' }}" }, 'The event has no name.'],
    ['is too long', { event: "{{ $pad('x', 300) }}" }, /at most 200 characters; this has 300/],
    [
      'has an invisible character',
      { event: 'e', key: 'a\u200bb' },
      'The key of an event has no invisible characters; this is a\\u{200b}b.',
    ],
    ['has control characters', { event: 'e', key: "{{ 'a\\nb' }}" }, 'The key of an event has no control characters.'],
  ])('%s then the step fails', async (_, keys, message) => {
    const run = await benchAt().bench.start(planOf([{ kind: 'wait_for', ...keys, output: '$x' }]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', message } });
  });
});

test('when the process dies at any event then the signal is taken once, and is never lost', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let event = 2; event <= 12; event += 1) {
      let ms = START;
      let drives = 0;
      const { run, store } = await drivePastKills([{ event, when }], {
        plan,
        makeBench(dying) {
          drives += 1;
          // One before the wait begins, and one that nobody may get.
          if (drives <= 2) void dying.sendSignal({ ...PAID, data: drives });
          return new Bench({ store: dying, staying });
        },
        answers: () => ({}),
        now: () => new Date((ms += 1)),
      });
      const received = (await store.readEvents(run.id)).filter(({ type }) => type === 'signal.received');
      expect({ event, when, end: valueOf(run), received: received.length }).toEqual({
        event,
        when,
        end: { order: 1042, paid: 1 },
        received: 1,
      });
      expect(await store.hasSignal(PAID)).toBe(drives > 1);
    }
  }
});
