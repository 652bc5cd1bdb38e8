import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-12-01T09:00:00.000Z');
const NEVER_STAY = { ms: 0, isRehearsal: false };

/** A store with a clock that the test sets. */
function storeAt(start = START) {
  const clock = { ms: start };
  return { clock, store: createMemoryStore({ now: () => new Date(clock.ms) }) };
}

const ready = { kind: 'compute', expression: "'ready'", output: '$ready' };
const last = { kind: 'compute', expression: "$ready & ' at ' & $due", output: '$end' };
const waiting = planOf([ready, { kind: 'wait', for: '2h', output: '$due' }, last]);

const untilOf = (run: Run) => run.steps.find(({ waits_until: until }) => until !== undefined)?.waits_until;

test('when a time is far then the run is saved with that time, and continues once it has come', async () => {
  const { clock, store } = storeAt();
  const bench = new Bench({ store });
  const run = await bench.start(waiting);
  expect(run).toMatchObject({
    state: 'IN_PROGRESS',
    pause: { reason: 'time', next: `portia resume ${run.id}`, wake_at: '2026-12-01T11:00:00.000Z' },
    steps: [{}, { path: '1', status: 'waiting', reason: 'until 2026-12-01T11:00:00.000Z' }],
    queue: { priority: 0, labels: [], tries: 0 },
  });
  clock.ms += HOUR;
  const again = await bench.resume(run.id);
  expect(again).toMatchObject({ pause: run.pause, steps: [{}, { status: 'waiting', reason: /11:00/ }] });
  clock.ms += HOUR;
  const done = await bench.resume(run.id);
  expect([done.state, valueOf(done)]).toEqual(['COMPLETE', 'ready at 2026-12-01T11:00:00.000Z']);
  expect(bench.told.filter(({ type }) => type === 'wait.started')).toHaveLength(1);
  expect(untilOf(done)).toBeUndefined();
});

test('when a time is near then the drive stays until it has come', async () => {
  const { clock, store } = storeAt();
  const near = planOf([{ kind: 'wait', until: '2026-12-01T10:00:30+01:00', output: '$due' }]);
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'wait.started') clock.ms += 30_000;
  };
  const run = await new Bench({ store, onEvent }).start(near);
  expect([run.state, valueOf(run)]).toEqual(['COMPLETE', '2026-12-01T09:00:30.000Z']);
});

test('when the clock is set back while a drive stays then the wait takes no longer than it should', async () => {
  const { clock, store } = storeAt();
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'wait.started') setTimeout(() => (clock.ms -= HOUR), 1);
  };
  const run = await new Bench({ store, onEvent }).start(planOf([{ kind: 'wait', for: '300ms', output: '$due' }]));
  expect([run.state, valueOf(run)]).toEqual(['COMPLETE', '2026-12-01T09:00:00.300Z']);
});

test('when the time has passed already then nothing is waited for', async () => {
  const past = planOf([{ kind: 'wait', until: '2020-01-01T00:00Z' }, ready]);
  expect((await new Bench({ staying: NEVER_STAY }).start(past)).state).toBe('COMPLETE');
});

test('when it is a dry run then a wait is over at once, and a warning says so', async () => {
  const bench = new Bench({ staying: { ms: 0, isRehearsal: true } });
  expect((await bench.start(waiting)).state).toBe('COMPLETE');
  expect(bench.told.find(({ type }) => type === 'warning')).toMatchObject({
    path: '1',
    message: expect.stringMatching(/^Not waited until .*: this is a dry run\.$/),
  });
});

test('when a run is interrupted while it stays then it is saved, and waits for the same time', async () => {
  const { clock, store } = storeAt();
  const controller = new AbortController();
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'wait.started') controller.abort('SIGTERM');
  };
  const staying = { ms: 3 * HOUR, isRehearsal: false };
  const stopped = await new Bench({ store, staying, onEvent, signal: controller.signal }).start(waiting);
  expect(stopped).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
  clock.ms += HOUR;
  const resumed = await new Bench({ store }).resume(stopped.id);
  expect(resumed.pause).toMatchObject({ reason: 'time', wake_at: '2026-12-01T11:00:00.000Z' });
});

test('when a plan inside waits then the run around it waits for the same time', async () => {
  const { clock, store } = storeAt();
  const inner = { plan_context: { query: 'inner' }, steps: [ready, { kind: 'wait', for: '1h', output: '$due' }, last] };
  const outer = planOf([{ kind: 'plan', plan: inner, inputs: {}, output: '$inner' }]);
  const run = await new Bench({ store }).start(outer);
  expect(run.pause).toMatchObject({ reason: 'time', wake_at: '2026-12-01T10:00:00.000Z' });
  clock.ms += HOUR;
  expect(valueOf(await new Bench({ store }).resume(run.id))).toBe('ready at 2026-12-01T10:00:00.000Z');
});

test('when each round of a loop waits then each has its own time', async () => {
  const { clock, store } = storeAt();
  const steps = [{ kind: 'wait', for: '{{ $hours }}h', output: '$due' }];
  const loop = planOf([{ kind: 'for_each', over: '[1, 2]', as: 'hours', max_parallel: 2, steps, output: '$dues' }]);
  const bench = new Bench({ store, jobs: 4 });
  let run = await bench.start(loop);
  for (let hours = 0; run.state !== 'COMPLETE' && hours < 5; hours += 1) {
    clock.ms += HOUR;
    run = await bench.resume(run.id);
  }
  expect(outputsOf(run)).toMatchObject({ $dues: ['2026-12-01T10:00:00.000Z', '2026-12-01T12:00:00.000Z'] });
});

describe('when what a template gives', () => {
  test.each([
    ['is no time', { until: "{{ 'tomorrow' }}" }, /"tomorrow" is not a time with its zone/],
    ['is a time without a zone', { until: "{{ '2026-12-01T09:00:00' }}" }, /not a time with its zone/],
    ['is a day that does not exist', { until: "{{ '2026-02-30T09:00:00Z' }}" }, /not a time with its zone/],
    ['is a number', { until: '{{ 1798794000000 }}' }, /not a time with its zone/],
    ['is no duration', { for: "{{ 'long' }}" }, /"long" is not a duration/],
    ['is less than nothing', { for: '{{ 0 - 5 }}m' }, /"-5m" is not a duration/],
    ['ends after the last year', { for: '{{ 99999999 }}d' }, /ends after the year 9999/],
  ])('%s then the step fails', async (_, keys, message) => {
    const run = await new Bench().start(planOf([{ kind: 'wait', ...keys }]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', message, step: '0' } });
  });
});

test('when the process dies at any event then the end is the same, and the time is fixed once', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let event = 2; event <= 12; event += 1) {
      let ms = START;
      const { run, store } = await drivePastKills([{ event, when }], {
        plan: waiting,
        makeBench: (dying) => new Bench({ store: dying, staying: NEVER_STAY }),
        answers: () => ({}),
        now: () => new Date((ms += HOUR / 10)),
      });
      const begun = (await store.readEvents(run.id)).filter(({ type }) => type === 'wait.started');
      expect({ event, when, state: run.state, begun: begun.length }).toEqual({
        event,
        when,
        state: 'COMPLETE',
        begun: 1,
      });
      expect(valueOf(run)).toBe(`ready at ${begun[0]?.type === 'wait.started' && begun[0].until}`);
    }
  }
});
