import { describe, expect, test } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import type { ToolResult } from '../../src/tools/tool.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const failure = (parts: Partial<Extract<ToolResult, { kind: 'failure' }>> = {}): ToolResult => ({
  kind: 'failure',
  message: 'no luck',
  retryable: true,
  ...parts,
});

const oneStep = (extra: object = {}) =>
  planOf([{ kind: 'tool', tool_id: 'work', args: { text: 'x' }, output: '$done', ...extra }]);

test('when a call fails then a new attempt is made for each retry, and the number grows', async () => {
  const tool = scriptedTool('work', { acts: [() => failure(), () => failure(), () => 'third'] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep({ retries: 2 }));
  expect(await bench.story()).toEqual([
    ...['run.created', 'run.started'],
    ...['step.started 0 #1', 'tool.started 0/1/1', 'tool.failed 0/1/1', 'step.failed 0'],
    ...['step.started 0 #2', 'tool.started 0/2/1', 'tool.failed 0/2/1', 'step.failed 0'],
    ...['step.started 0 #3', 'tool.started 0/3/1', 'tool.finished 0/3/1', 'step.completed 0', 'run.completed'],
  ]);
  expect(run.steps).toMatchObject([{ status: 'completed', attempts: 3 }]);
  expect(run.steps[0]).not.toHaveProperty('error');
});

test('when the retries are used up then the run fails, and resuming starts them anew', async () => {
  const tool = scriptedTool('work', { acts: [1, 2, 3, 4].map(() => () => failure()) });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep({ retries: 1 }));
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', step: '0', retryable: true } });
  const again = await bench.resume(run.id);
  expect(again).toMatchObject({ state: 'FAILED', steps: [{ attempts: 4 }] });
  expect(tool.calls).toHaveLength(4);
});

test('when a call is repeated in another attempt then its idempotency key is the same', async () => {
  const tool = scriptedTool('work', { effect: 'idempotent', acts: [() => failure(), () => 'ok'] });
  const bench = new Bench({ tools: [tool], policy: { work: 'allow' } });
  await bench.start(oneStep({ retries: 1 }));
  const [first, second] = tool.calls;
  expect(first?.idempotencyKey).toBe(second?.idempotencyKey);
  expect(first?.idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  ['a once call failed and may have acted', 'once', failure(), 1],
  ['a once call failed and has done nothing', 'once', failure({ notDone: true }), 2],
  ['an idempotent call failed', 'idempotent', failure(), 2],
  ['a read call failed for good', 'read', failure({ retryable: false }), 1],
] as const)('when %s then it is made by itself %#: %s times', async (_what, effect, first, calls) => {
  const tool = scriptedTool('work', { effect, acts: [() => first, () => 'ok'] });
  const run = await new Bench({ tools: [tool], policy: { work: 'allow' } }).start(oneStep({ retries: 3 }));
  expect(tool.calls).toHaveLength(calls);
  expect(run.state).toBe(calls === 2 ? 'COMPLETE' : 'FAILED');
});

test.each([
  ['happened', 1, 'told'],
  ['not_done', 2, 'ok'],
] as const)(
  'when a once call failed and the run is resumed then a person says whether it %s',
  async (answer, calls, value) => {
    const tool = scriptedTool('work', { effect: 'once', acts: [() => failure(), () => 'ok'] });
    const bench = new Bench({ tools: [tool], policy: { work: 'allow' } });
    const run = await bench.start(oneStep());
    const asked = await bench.resume(run.id);
    expect(asked).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'approval' } });
    const told = await bench.resume(run.id, { outcome: answer });
    const done = told.state === 'COMPLETE' ? told : await bench.resume(run.id, { result: 'told' });
    expect(valueOf(done)).toBe(value);
    expect(tool.calls).toHaveLength(calls);
  },
);

test.each(['idempotent', 'once'] as const)(
  'when a later part of the step fails then the finished %s call is not made in the next attempt',
  async (effect) => {
    const tool = scriptedTool('work', { effect, acts: [() => 'first', () => 'second'] });
    const work = { calls: [['work', { text: 'x' }]] as [string, object][] };
    const model = scriptedModel([work, { text: 'no JSON' }, { text: 'again none' }, work, { json: 1 }] as never);
    const bench = new Bench({ tools: [tool], model, policy: { work: 'allow' } });
    const plan = planOf([{ task: 'do', tool_id: 'work', output_schema: { type: 'number' }, output: '$x', retries: 1 }]);
    const run = await bench.start(plan);
    expect(run).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
    expect(tool.calls).toHaveLength(1);
    expect(JSON.stringify(model.requests.at(-1))).toContain('first');
  },
);

test('when an attempt made a call that its reply holds twice then the next one carries it over, and makes only what is new', async () => {
  const tool = scriptedTool('work', { effect: 'once', acts: [() => 'first', () => 'second'] });
  const twice: [string, { text: string }][] = [
    ['work', { text: 'x' }],
    ['work', { text: 'x' }],
  ];
  const model = scriptedModel([
    { calls: twice },
    { text: 'no JSON' },
    { text: 'none again' },
    { calls: [...twice, ['work', { text: 'y' }]] },
    { json: [1] },
  ]);
  const bench = new Bench({ tools: [tool], model, policy: { work: 'allow' } });
  const schema = { type: 'array', items: { type: 'number' } };
  await bench.start(planOf([{ task: 'do', tool_id: 'work', output_schema: schema, output: '$x', retries: 1 }]));
  expect(tool.calls.map(({ args }) => args)).toEqual([{ text: 'x' }, { text: 'y' }]);
  expect(new Set(tool.calls.map((call) => call.idempotencyKey)).size).toBe(2);
  expect(JSON.stringify(model.requests.at(-1))).toContain(String.raw`[\"first\",\"second\"]`);
});

test('when a once call that asked was made with the answers then a later attempt does not make it again', async () => {
  const ask = () => ({
    kind: 'clarifications' as const,
    clarifications: [{ category: 'Input' as const, user_guidance: 'Which?', argument_name: 'text' }],
  });
  const tool = scriptedTool('work', { effect: 'once', acts: [ask, () => 'made'] });
  const model = scriptedModel([
    { calls: [['work', {}]] },
    { text: 'no JSON' },
    { text: 'none again' },
    { calls: [['work', {}]] },
    { json: 1 },
  ]);
  const bench = new Bench({ tools: [tool], model, policy: { work: 'allow' } });
  const plan = planOf([{ task: 'do', tool_id: 'work', output_schema: { type: 'number' }, output: '$x', retries: 1 }]);
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' } });
  const done = await bench.resume(run.id, { text: 'this one' });
  expect(done).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
  expect(tool.calls.map((call) => call.args)).toEqual([{}, { text: 'this one' }]);
});

test('when what happened was reported in one attempt then later attempts do not ask again', async () => {
  const tool = scriptedTool('work', { effect: 'once', acts: [() => failure()] });
  const work = { calls: [['work', { text: 'x' }]] as [string, { text: string }][] };
  const model = scriptedModel([work, work, { text: 'no' }, { text: 'no' }, work, { json: 5 }]);
  const bench = new Bench({ tools: [tool], model, policy: { work: 'allow' } });
  const plan = planOf([{ task: 'do', tool_id: 'work', output_schema: { type: 'number' }, output: '$x' }]);
  const { id } = await bench.start(plan);
  await bench.resume(id);
  await bench.resume(id, { outcome: 'happened' });
  expect(await bench.resume(id, { result: 'five' })).toMatchObject({ state: 'FAILED', steps: [{ attempts: 2 }] });
  const done = await bench.resume(id);
  expect(outputsOf(done)).toEqual({ $x: 5 });
  expect(tool.calls).toHaveLength(1);
});

describe('when a service that a tool needs is away', () => {
  const away = () => failure({ unavailable: true });

  test('then the run waits for it after its retries, and resuming tries them anew', async () => {
    const tool = scriptedTool('work', { acts: [away, away, away, () => 'there again'] });
    const bench = new Bench({ tools: [tool] });
    const run = await bench.start(oneStep({ retries: 1 }));
    const error = { code: 'unavailable', step: '0', retryable: true };
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' }, error });
    const again = await bench.resume(run.id);
    expect(again).toMatchObject({ state: 'COMPLETE', pause: null, error: null, steps: [{ attempts: 4 }] });
    expect(valueOf(again)).toBe('there again');
  });

  test('then a run around it waits, too, and continues inside', async () => {
    const tool = scriptedTool('work', { acts: [away, () => 'there again'] });
    const bench = new Bench({ tools: [tool] });
    const inner = JSON.parse(JSON.stringify(oneStep())) as Json;
    const run = await bench.start(planOf([{ kind: 'plan', plan: inner, inputs: {}, output: '$inner' }]));
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' }, error: { step: '0' } });
    expect(valueOf(await bench.resume(run.id))).toBe('there again');
  });

  test('and the call may have acted then a person is asked before it is made again', async () => {
    const tool = scriptedTool('work', { effect: 'once', acts: [away] });
    const bench = new Bench({ tools: [tool], policy: { work: 'allow' } });
    const run = await bench.start(oneStep({ retries: 1 }));
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
    const again = await bench.resume(run.id);
    expect(again).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'approval' } });
  });
});
