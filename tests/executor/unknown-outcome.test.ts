import { expect, test } from 'vitest';

import { isApproval, isUnknownOutcome } from '../../src/domain/run/clarification.js';
import { PortiaError } from '../../src/domain/errors.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { RunLog, Store } from '../../src/storage/store.js';
import { Bench, planOf, valueOf } from './bench.js';
import { dyingStore, Killed } from './dying-processes.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const plan = planOf([
  { kind: 'tool', tool_id: 'pay', args: { text: '10 EUR' }, output: '$paid' },
  { kind: 'compute', expression: '"got " & $paid', output: '$end' },
]);

const broken = () => {
  throw new Error('connection lost');
};
const endless = () => new Promise<string>(() => {});

const payTool = (...acts: (() => string | Promise<string>)[]) =>
  scriptedTool('pay', { effect: 'once', acts, timeoutMs: 30 });

test.each([
  ['throws', broken],
  ['takes longer than its time', endless],
])('when a once call %s then a person is asked what became of it', async (_what, act) => {
  const tool = payTool(act);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'approval' } });
  const [question] = run.outputs.clarifications;
  expect(question).toMatchObject({
    category: 'Multiple Choice',
    options: ['happened', 'not_done', 'stop'],
    tool_id: 'pay',
    args: { text: '10 EUR' },
    path: '0',
    output: '$paid',
  });
  expect(question && isUnknownOutcome(question) && !isApproval(question)).toBe(true);
  expect(await bench.story()).toEqual([
    ...['run.created', 'run.started', 'step.started 0 #1', 'tool.started 0/1/1'],
    ...['warning', 'clarification.raised outcome', 'run.paused approval'],
  ]);
});

test('when it happened then the result to record is asked for, and the call is not made again', async () => {
  const tool = payTool(broken);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const { id } = await bench.start(plan);
  const asked = await bench.resume(id, { outcome: 'happened' });
  expect(asked.outputs.clarifications.at(-1)).toMatchObject({ category: 'Input', argument_name: 'result' });
  expect(valueOf(await bench.resume(id, { result: 'receipt 5' }))).toBe('got receipt 5');
  expect(tool.calls).toHaveLength(1);
});

test('when it did not happen then the same call is made now, and may fail to tell again', async () => {
  const tool = payTool(broken, broken, () => 'receipt 6');
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const { id } = await bench.start(plan);
  expect(await bench.resume(id, { outcome: 'not_done' })).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(valueOf(await bench.resume(id, { outcome: 'not_done' }))).toBe('got receipt 6');
  expect(new Set(tool.calls.map((call) => call.idempotencyKey)).size).toBe(1);
  expect(tool.calls).toHaveLength(3);
});

test('when a person stops there then the run is over for good', async () => {
  const tool = payTool(broken);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const { id } = await bench.start(plan);
  expect(await bench.resume(id, { outcome: 'stop' })).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  await expect(bench.resume(id)).rejects.toMatchObject({ code: 'declined' });
});

test('when calls are denied since then the call is not made again either', async () => {
  const tool = payTool(broken);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const { id } = await bench.start(plan);
  const run = await bench.resume(id, { outcome: 'not_done' }, { policy: { pay: 'deny' } });
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  expect(tool.calls).toHaveLength(1);
});

test.each(['read', 'idempotent'] as const)(
  'when a %s call throws or takes too long then that is a failure and may be retried',
  async (effect) => {
    const tool = scriptedTool('pay', { effect, acts: [broken, endless, () => 'ok'], timeoutMs: 30 });
    const retrying = planOf([{ kind: 'tool', tool_id: 'pay', args: {}, output: '$paid', retries: 2 }]);
    const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
    expect(valueOf(await bench.start(retrying))).toBe('ok');
    const messages = bench.told.flatMap((event) => (event.type === 'tool.failed' ? [event.message] : []));
    expect(messages).toEqual([
      'connection lost',
      expect.stringMatching(/^it took longer than .*timeoutMs of defineTool/),
    ]);
  },
);

test('when the time of the step is over in a once call then its outcome is unknown', async () => {
  const tool = scriptedTool('pay', { effect: 'once', acts: [endless] });
  const slow = planOf([{ kind: 'tool', tool_id: 'pay', args: {}, output: '$paid', timeout_ms: 30 }]);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const run = await bench.start(slow);
  expect(run.outputs.clarifications).toMatchObject([{ unknown_outcome: true }]);
  await bench.resume(run.id, { outcome: 'happened' });
  expect(valueOf(await bench.resume(run.id, { result: 1 }))).toBe(1);
});

test.each([['until aborted'], ['deaf']] as const)(
  'when the time of the step is over while a model that is %s answers then the step fails',
  async (hangs) => {
    const model = scriptedModel([{ hangs }, { text: 'in time' }]);
    const bench = new Bench({ model });
    const slow = planOf([{ kind: 'llm', task: 'think', output: '$x', timeout_ms: 30 }]);
    const run = await bench.start(slow);
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'timed-out', step: '0', retryable: true } });
    expect(valueOf(await bench.resume(run.id))).toBe('in time');
  },
);

test('when a reading tool needs a model that is away then the run waits for it', async () => {
  const away = () => {
    throw new PortiaError('unavailable', 'No answer.', { retryable: true });
  };
  const tool = scriptedTool('pay', { effect: 'read', acts: [away, () => 'back'] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
  expect(valueOf(await bench.resume(run.id))).toBe('got back');
});

test.each([
  ['once', 'a person is asked'],
  ['idempotent', 'it is made again'],
] as const)(
  'when a %s call was begun in a process that still runs then that is ended before %s',
  async (effect, _what) => {
    const story: string[] = [];
    const { tool } = scriptedTool('pay', { effect, acts: () => (story.push('called'), 'paid') });
    const turn = { pid: 77, run: tool.run, end: () => void story.push('over') };
    const hosted = { tool: { ...tool, takeTurn: async () => turn } };
    const process = { pid: 77, start: '5', boot: 'b', namespace: 'n' };
    const processes = {
      identify: (pid: number) => ({ ...process, pid }),
      end: async ({ pid }: { pid: number }) => story.push(`ended ${pid}`) > 0,
      driver: () => ({ ...process, pid: 66, host: 'here', machine: 'm' }),
      mayLive: () => true,
    };
    const store = createMemoryStore({ now: () => new Date() });
    const surroundings = { tools: [hosted], policy: { pay: 'allow' as const }, processes };
    const before = new Bench({ ...surroundings, store: dyingStore(store, { event: 4, when: 'after' }) });
    await expect(before.start(plan)).rejects.toThrow(Killed);
    const [id] = await store.listRunIds();
    if (id === undefined) throw new Error('no run was begun');
    const after = new Bench({ ...surroundings, store, takeOver: true });
    const run = await after.resume(id);
    expect(story).toEqual(effect === 'once' ? ['over', 'ended 77'] : ['over', 'ended 77', 'called', 'over']);
    expect(run.state).toBe(effect === 'once' ? 'NEED_CLARIFICATION' : 'COMPLETE');
  },
);

test('when the run is lost right after the intent is on disk then nothing is done', async () => {
  const tool = payTool(() => 'paid');
  const memory = createMemoryStore({ now: () => new Date() });
  const lost = new AbortController();
  const losing = (log: RunLog) =>
    new Proxy(log, {
      get(target, name) {
        if (name === 'lost') return lost.signal;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (name !== 'flush') return member.bind(target) as unknown;
        return async () => {
          await target.flush();
          const last = (await memory.readEvents(target.run.id)).at(-1);
          if (last?.type === 'tool.started') lost.abort(new PortiaError('run-locked', 'Somebody else drives it.'));
        };
      },
    });
  const store = new Proxy(memory, {
    get(target, name: keyof Store) {
      if (name === 'createRun') return async (id: RunId) => losing(await target.createRun(id));
      return target[name].bind(target) as unknown;
    },
  });
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' }, store });
  await expect(bench.start(plan)).rejects.toMatchObject({ code: 'run-locked' });
  const [id] = await memory.listRunIds();
  expect((await memory.readEvents(id!)).map(({ type }) => type)).toContain('tool.started');
  expect(tool.calls).toEqual([]);
});

const FORMER = { pid: 66, start: '5', boot: 'b', namespace: 'n', host: 'web-2', machine: 'm' };

test.each([
  ['its driver may live', true, { host: 'web-2', until: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/) }],
  ['its driver is known to have ended', false, undefined],
])('when a once call was cut off and %s then the question says what is known of it', async (_what, lives, still) => {
  const { tool, calls } = payTool(endless);
  const store = createMemoryStore({ now: () => new Date() });
  const processes = {
    identify: () => FORMER,
    end: async () => false,
    driver: () => FORMER,
    mayLive: () => lives,
  };
  const slow = { tool: { ...tool, timeoutMs: 600_000 }, calls };
  const surroundings = { tools: [slow], policy: { pay: 'allow' as const }, processes };
  const before = new Bench({ ...surroundings, store: dyingStore(store, { event: 4, when: 'after' }) });
  await expect(before.start(plan)).rejects.toThrow(Killed);
  const [id] = await store.listRunIds();
  const run = await new Bench({ ...surroundings, store, takeOver: true }).resume(id!);
  const [question] = run.outputs.clarifications;
  expect(question?.category === 'Multiple Choice' && question.still_acting).toEqual(still);
  expect(question?.user_guidance.includes('web-2 may still be doing it until ')).toBe(lives);
  // A drive that ended in order leaves nothing under way: what it asked stays as it is.
  const again = await new Bench({ ...surroundings, store }).resume(run.id);
  expect(again.outputs.clarifications).toEqual(run.outputs.clarifications);
});
