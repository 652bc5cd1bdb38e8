import { expect, test } from 'vitest';

import { PortiaError, type ErrorCode } from '../../src/domain/errors.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import { Interruption } from '../../src/executor/interruption.js';
import type { ToolContext } from '../../src/tools/tool.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const plan = planOf([
  { kind: 'compute', expression: '1', output: '$one' },
  { kind: 'tool', tool_id: 'work', args: {}, output: '$work' },
  { kind: 'compute', expression: '$work & "!"', output: '$end' },
]);

/** A bench whose run is interrupted as soon as an event of this type is recorded. */
function interruptedAt(type: string, surroundings: ConstructorParameters<typeof Bench>[0]) {
  const controller = new AbortController();
  const onEvent = (event: { type: string }) => {
    if (event.type === type) setImmediate(() => controller.abort(new Interruption('SIGTERM')));
  };
  return {
    bench: new Bench({ ...surroundings, onEvent, signal: controller.signal }),
    later: { signal: new AbortController().signal },
  };
}

const untilAborted = (_args: unknown, { signal }: ToolContext) =>
  new Promise<string>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
const failsWhenAborted = (_args: unknown, { signal }: ToolContext) =>
  new Promise<{ kind: 'failure'; message: string; retryable: boolean }>((resolve) =>
    signal.addEventListener('abort', () => resolve({ kind: 'failure', message: 'stopped', retryable: true })),
  );
const finishesAnyway = (_args: unknown, { signal }: ToolContext) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('done')));

test.each([
  ['rejects', untilAborted],
  ['fails', failsWhenAborted],
])('when a reading tool that %s is interrupted then the run is resumable and never FAILED', async (_what, act) => {
  const tool = scriptedTool('work', { effect: 'read', acts: [act, () => 'second'] });
  const { bench, later } = interruptedAt('tool.started', { tools: [tool] });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, error: null, current_step_index: 1 });
  expect(bench.told.at(-1)).toMatchObject({ type: 'run.interrupted', signal: 'SIGTERM' });
  const done = await bench.resume(run.id, {}, later);
  expect(valueOf(done)).toBe('second!');
  expect(done.steps[1]?.attempts).toBe(1);
});

test.each([
  ['rejects', untilAborted],
  ['fails', failsWhenAborted],
])('when a once tool that %s is interrupted then its outcome is asked', async (_what, act) => {
  const tool = scriptedTool('work', { effect: 'once', acts: [act] });
  const { bench, later } = interruptedAt('tool.started', { tools: [tool], policy: { work: 'allow' } });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
  const asked = await bench.resume(run.id, {}, later);
  expect(asked.outputs.clarifications).toMatchObject([{ unknown_outcome: true }]);
  await bench.resume(run.id, { outcome: 'happened' }, later);
  expect(valueOf(await bench.resume(run.id, { result: 'it' }, later))).toBe('it!');
});

test('when a tool finishes after the interruption then its result is kept', async () => {
  const tool = scriptedTool('work', { effect: 'once', acts: [finishesAnyway] });
  const { bench, later } = interruptedAt('tool.started', { tools: [tool], policy: { work: 'allow' } });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, current_step_index: 2 });
  expect(valueOf(await bench.resume(run.id, {}, later))).toBe('done!');
});

test.each(['until aborted', 'deaf'] as const)(
  'when a model that is %s is interrupted then the call is made again and nothing else',
  async (hangs) => {
    const model = scriptedModel([{ text: 'first' }, { hangs }, { text: 'second' }]);
    const controller = new AbortController();
    let started = 0;
    const onEvent = (event: { type: string }) => {
      if (event.type === 'model.started') started += 1;
      if (started === 2) setImmediate(() => controller.abort(new Interruption('SIGINT')));
    };
    const bench = new Bench({ model, onEvent, signal: controller.signal });
    const run = await bench.start(
      planOf([
        { kind: 'llm', task: 'a', output: '$a' },
        { kind: 'llm', task: 'b', output: '$b' },
      ]),
    );
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
    const done = await bench.resume(run.id, {}, { signal: new AbortController().signal });
    expect([valueOf(done), done.usage.calls]).toEqual(['second', 2]);
  },
);

test('when it is interrupted before a call begins then no intent is recorded', async () => {
  const tool = scriptedTool('work', { effect: 'once', acts: [() => 'ok'] });
  const controller = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.type === 'step.started' && event.path === '1') controller.abort(new Interruption('SIGINT'));
  };
  const bench = new Bench({ tools: [tool], policy: { work: 'allow' }, onEvent, signal: controller.signal });
  const run = await bench.start(plan);
  expect(bench.told.map((event) => event.type)).not.toContain('tool.started');
  expect(valueOf(await bench.resume(run.id, {}, { signal: new AbortController().signal }))).toBe('ok!');
});

test('when it is interrupted while it waits for the next attempt then it continues with that attempt', async () => {
  const failing = () => ({ kind: 'failure' as const, message: 'later', retryable: true });
  const tool = scriptedTool('work', { effect: 'read', acts: [failing, failing, () => 'ok'] });
  const { bench, later } = interruptedAt('step.failed', { tools: [tool] });
  const retrying = planOf([{ kind: 'tool', tool_id: 'work', args: {}, output: '$x', retries: 1 }]);
  const run = await bench.start(retrying);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
  const failed = await bench.resume(run.id, {}, later);
  expect(failed).toMatchObject({ state: 'FAILED', steps: [{ attempts: 2 }] });
  expect(valueOf(await bench.resume(run.id, {}, later))).toBe('ok');
});

test('when a model is away for a run that is left to workers then it is tried again by the clock of the store', async () => {
  const away = { error: new PortiaError('unavailable', 'The model is away.', { retryable: true }) };
  const store = createMemoryStore({ now: () => new Date() });
  store.clock = async () => new Date('2031-01-01T00:00:00.000Z');
  const bench = new Bench({ store, model: scriptedModel([away, away]) });
  const { id } = await bench.start(planOf([{ kind: 'llm', task: 'a', output: '$a' }]));
  const log = await store.openRun(id);
  log.append({ type: 'run.queued', priority: 0 });
  await log.close();
  expect((await bench.resume(id)).pause).toMatchObject({ reason: 'unavailable', wake_at: '2031-01-01T00:00:05.000Z' });
});

test.each<ErrorCode>(['unavailable', 'rate-limited', 'timed-out', 'no-model', 'key-rejected'])(
  'when the model is %s then the run pauses, and continues without repeating finished calls',
  async (code) => {
    const away = new PortiaError(code, 'The model is away.', { retryable: true });
    const model = scriptedModel([{ text: 'first' }, { error: away }, { text: 'second' }]);
    const bench = new Bench({ model });
    const run = await bench.start(
      planOf([
        { kind: 'llm', task: 'a', output: '$a' },
        { kind: 'llm', task: 'b', output: '$b' },
      ]),
    );
    expect(run).toMatchObject({
      state: 'IN_PROGRESS',
      pause: { reason: 'unavailable', next: `portia resume ${run.id}` },
      error: { code, message: 'The model is away.' },
    });
    expect((await bench.story()).slice(-4)).toEqual([
      ...['step.started 1 #1', 'model.started 1/1/1', 'model.failed 1/1/1', 'run.paused unavailable'],
    ]);
    const done = await bench.resume(run.id);
    expect(done).toMatchObject({
      state: 'COMPLETE',
      error: null,
      pause: null,
      steps: [{ attempts: 1 }, { attempts: 1 }],
    });
    expect([valueOf(done), model.requests.length]).toEqual(['second', 3]);
  },
);

test.each<ErrorCode>(['model-refused', 'model-reply-unusable'])(
  'when the model fails with %s then the step fails and resuming tries it again',
  async (code) => {
    const model = scriptedModel([{ error: new PortiaError(code, 'No.') }, { text: 'yes' }]);
    const bench = new Bench({ model });
    const run = await bench.start(planOf([{ kind: 'llm', task: 'a', output: '$a' }]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code, step: '0' } });
    expect(await bench.resume(run.id)).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
  },
);
