import { describe, expect, test } from 'vitest';

import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { openClarifications } from '../../src/domain/run/clarification.js';
import { runnableFrom } from '../../src/domain/run/runnable.js';
import type { Json } from '../../src/domain/values/json.js';
import { answerRun } from '../../src/executor/answer-run.js';
import { dueQueue } from '../../src/storage/due-queue.js';
import type { Store } from '../../src/storage/store.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, planOf, valueOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { scriptedTool } from './scripted-tool.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-12-01T09:00:00.000Z');

function benchAt(surroundings = {}) {
  const clock = { ms: START };
  const store = createMemoryStore({ now: () => new Date(clock.ms) });
  return { clock, store, bench: new Bench({ store, ...surroundings }) };
}

const ask = (keys: Record<string, Json>) =>
  planOf([
    { kind: 'compute', expression: '7', output: '$usual' },
    { kind: 'user_input', message: 'How many?', schema: { type: 'integer' }, output: '$n', expires_in: '2h', ...keys },
    { kind: 'compute', expression: '$n * 2', output: '$end' },
  ]);
const instead = [{ kind: 'compute', expression: "$failure.code = 'expired' ? 1 : 0", output: '$n' }];

const NO_LIMITS = { labels: new Map() };
const claimDue = async (store: Store) =>
  dueQueue(store).claim({ except: [], limits: NO_LIMITS }, async () => undefined);

describe('when nobody answers in time', () => {
  test('then the run says when it continues, and an answer before that counts', async () => {
    const { bench, clock } = benchAt();
    const run = await bench.start(ask({ on_expiry: { value: 3 } }));
    const until = '2026-12-01T11:00:00.000Z';
    expect(run).toMatchObject({
      state: 'NEED_CLARIFICATION',
      pause: { reason: 'clarification', wake_at: until },
      queue: { priority: 0 },
      outputs: { clarifications: [{ expires_at: until, on_expiry: { value: 3 } }] },
    });
    expect(runnableFrom(run)).toBe(until);
    clock.ms += 2 * HOUR - 1;
    expect(valueOf(await bench.resume(run.id, { n: 5 }))).toBe(10);
  });

  test.each<[string, Json, Json]>([
    ['the value of the plan is the answer', { value: 3 }, 6],
    ['the value may be filled in', { value: '{{ $usual }}' }, 14],
    ['the other steps are done', instead, 2],
  ])('then %s', async (_, on_expiry, end) => {
    const { bench, clock } = benchAt();
    const run = await bench.start(ask({ on_expiry }));
    clock.ms += 2 * HOUR;
    const done = await bench.resume(run.id);
    expect([done.state, valueOf(done)]).toEqual(['COMPLETE', end]);
    expect(done.outputs.clarifications).toMatchObject([{ resolved: true, channel: 'expiry' }]);
    expect(done.outputs.clarifications[0]?.answered_by).toBeUndefined();
  });

  test.each([[undefined], ['stop']])('then the run stops, and a resume asks anew (%s)', async (on_expiry) => {
    const { bench, clock } = benchAt();
    const on_error = [{ kind: 'compute', expression: '0', output: '$n' }];
    const run = await bench.start(ask({ on_error, ...(on_expiry !== undefined && { on_expiry }) }));
    clock.ms += 3 * HOUR;
    const stopped = await bench.resume(run.id);
    const message = 'Nobody answered until 2026-12-01T11:00:00.000Z: How many?';
    expect(stopped).toMatchObject({ state: 'FAILED', error: { code: 'expired', message } });
    const again = await bench.resume(run.id);
    expect(openClarifications(again)).toMatchObject([{ expires_at: '2026-12-01T14:00:00.000Z' }]);
    expect(valueOf(await bench.resume(run.id, { n: 5 }))).toBe(10);
  });

  test('then a value that is not an answer is found when the question is asked', async () => {
    const { bench } = benchAt();
    const run = await bench.start(ask({ on_expiry: { value: "{{ 'many' }}" } }));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed' } });
    expect(run.error?.message).toContain('The value of on_expiry is not an answer');
  });

  test('then a later answer is refused, and says so', async () => {
    const { bench, clock, store } = benchAt();
    const run = await bench.start(ask({ on_expiry: { value: 3 } }));
    clock.ms += 2 * HOUR;
    const answers = async () =>
      openClarifications(run).map(({ id }) => ({ id, response: 5, channel: 'flag' as const }));
    const late = answerRun(store, run.id, { answers, redact: (value) => value });
    await expect(late).rejects.toMatchObject({ code: 'answer-refused', message: expect.stringContaining('too late') });
    await expect(bench.resume(run.id, { n: 5 })).rejects.toMatchObject({ code: 'answer-refused' });
    expect(valueOf(await bench.resume(run.id))).toBe(6);
  });

  test('then whoever is asked at that moment is not waited for', async () => {
    const store = createMemoryStore({ now: () => new Date() });
    const handler: ClarificationHandler = {
      ask: async (_questions, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve([]), { once: true })),
    };
    const bench = new Bench({ store, handler });
    expect(valueOf(await bench.start(ask({ expires_in: '50ms', on_expiry: { value: 3 } })))).toBe(6);
  });

  test('then a run that waits is found by those who continue what is due', async () => {
    const { bench, clock, store } = benchAt();
    const run = await bench.start(ask({ on_expiry: { value: 3 } }));
    expect(await claimDue(store)).toBeUndefined();
    clock.ms += 2 * HOUR + 1;
    expect(await claimDue(store)).toBe(run.id);
  });

  test('then a call is not made, and what the plan says instead is done', async () => {
    const pay = scriptedTool('pay', { effect: 'once', acts: [] });
    const { bench, clock } = benchAt({ tools: [pay] });
    const step = { kind: 'tool', tool_id: 'pay', args: {}, output: '$n', expires_in: '1h', on_expiry: instead };
    const run = await bench.start(planOf([step]));
    clock.ms += HOUR;
    expect(valueOf(await bench.resume(run.id))).toBe(1);
    expect(pay.calls).toEqual([]);
  });

  test('then what became of a call is still asked', async () => {
    const pay = scriptedTool('pay', { effect: 'once', timeoutMs: 20, acts: async () => new Promise(() => undefined) });
    const { bench, clock } = benchAt({ tools: [pay], policy: { pay: 'allow' } });
    const step = { kind: 'tool', tool_id: 'pay', args: {}, output: '$n', expires_in: '1h', on_expiry: instead };
    const run = await bench.start(planOf([step]));
    expect(openClarifications(run)).toMatchObject([{ unknown_outcome: true }]);
    clock.ms += 5 * HOUR;
    expect((await bench.resume(run.id)).state).toBe('NEED_CLARIFICATION');
  });

  test('then a plan inside continues as it says, and the one around it asks nothing any more', async () => {
    const { bench, clock } = benchAt();
    const { plan_context, steps } = ask({ on_expiry: { value: 3 } });
    const inner = { kind: 'plan', plan: { plan_context, steps }, inputs: {}, output: '$end' };
    const run = await bench.start(planOf([inner]));
    expect(run.pause?.wake_at).toBe('2026-12-01T11:00:00.000Z');
    clock.ms += 2 * HOUR;
    const done = await bench.resume(run.id);
    expect([done.state, valueOf(done), openClarifications(done)]).toEqual(['COMPLETE', 6, []]);
  });

  test('then items of a loop that continues after failures do not continue after it', async () => {
    const { bench, clock } = benchAt();
    const each = { kind: 'user_verify', message: 'Sure?', output: '$ok', on_no: 'continue', expires_in: '1h' };
    const loop = { kind: 'for_each', over: [1, 2], as: 'item', steps: [each], on_error: 'continue', output: '$all' };
    const run = await bench.start(planOf([loop]));
    clock.ms += HOUR;
    expect(await bench.resume(run.id)).toMatchObject({ state: 'FAILED', error: { code: 'expired' } });
  });
});

describe('when the process dies around the end of a question', () => {
  test.each<[string, Json, Json]>([
    ['a value', { value: 3 }, 6],
    ['other steps', instead, 2],
  ])('then with %s the end is the same, and recorded once', async (_, on_expiry, end) => {
    for (let event = 2; ; event += 1) {
      const clock = { ms: START };
      const { run, killed, store } = await drivePastKills([{ event, when: 'before' }], {
        plan: ask({ on_expiry }),
        makeBench(dying) {
          clock.ms += 2 * HOUR;
          return new Bench({ store: dying });
        },
        answers: () => ({}),
        now: () => new Date(clock.ms),
      });
      expect([run.state, valueOf(run)]).toEqual(['COMPLETE', end]);
      const ends = (await store.readEvents(run.id)).filter(
        (each) => each.type === 'clarification.expired' || each.type === 'clarification.resolved',
      );
      expect(ends).toHaveLength(1);
      if (killed === 0) break;
    }
  });
});
