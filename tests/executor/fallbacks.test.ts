import { expect, test } from 'vitest';

import { PortiaError, type ErrorCode } from '../../src/domain/errors.js';
import type { Model } from '../../src/models/model.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const think = { kind: 'llm', task: 'think', output: '$a' };
const one: Reply = { text: 'one' };
const fails = (code: ErrorCode): Reply => ({ error: new PortiaError(code, 'It failed.', { retryable: true }) });
const named = (id: string, replies: Reply[]): Model => ({ ...scriptedModel(replies), id });

const modelsIn = (bench: Bench) =>
  bench.told.flatMap((event) =>
    event.type === 'model.started' ? [event.model] : event.type === 'model.failed' ? [event.fallback ?? 'none'] : [],
  );

test.each(['unavailable', 'rate-limited', 'timed-out', 'no-model'] as const)(
  'when the model of a role is %s then its fallback is asked, and both are recorded',
  async (code) => {
    const bench = new Bench({ model: scriptedModel([fails(code)]), fallbacks: [named('other/model', [one])] });
    const run = await bench.start(planOf([think]));
    expect(valueOf(run)).toBe('one');
    expect(modelsIn(bench)).toEqual(['scripted/model', 'other/model', 'other/model']);
    const warnings = bench.told.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toEqual(['It failed. other/model is asked instead.']);
  },
);

test.each(['model-refused', 'invalid-input', 'invalid-settings', 'key-rejected'] as const)(
  'when a model answers %s then no other one is asked',
  async (code) => {
    const bench = new Bench({ model: scriptedModel([fails(code)]), fallbacks: [named('other/model', [one])] });
    await bench.start(planOf([think]));
    expect(modelsIn(bench)).toEqual(['scripted/model', 'none']);
  },
);

test('when replies are broken then the same model is asked again, and no other one', async () => {
  const broken: Reply = { broken: 'It is empty.' };
  const bench = new Bench({
    model: scriptedModel([broken, broken, broken]),
    fallbacks: [named('other/model', [one])],
  });
  expect((await bench.start(planOf([think]))).error?.code).toBe('model-reply-unusable');
  expect(new Set(modelsIn(bench))).toEqual(new Set(['scripted/model', 'none']));
});

test('when a step names its model then no other one is asked', async () => {
  const bench = new Bench({ model: scriptedModel([fails('unavailable')]), fallbacks: [named('other/model', [one])] });
  const run = await bench.start(planOf([{ ...think, model: 'scripted/model' }]));
  expect(run.pause?.reason).toBe('unavailable');
  expect(modelsIn(bench)).toEqual(['scripted/model', 'none']);
});

test('when no model can be asked then the run pauses, and a resume begins with the first, under the same keys', async () => {
  const model = scriptedModel([fails('unavailable'), fails('unavailable'), one]);
  const fallbacks = [named('b', [fails('rate-limited'), fails('timed-out')]), named('c', [fails('unavailable')])];
  const bench = new Bench({ model, fallbacks });
  const run = await bench.start(planOf([think]));
  expect(run.pause?.reason).toBe('unavailable');
  expect(modelsIn(bench)).toEqual(['scripted/model', 'b', 'b', 'c', 'c', 'none']);
  bench.told.splice(0);
  const again = await bench.resume(run.id, {}, { fallbacks: [fallbacks[0] ?? model] });
  expect(again.pause?.reason).toBe('unavailable');
  expect(modelsIn(bench)).toEqual(['scripted/model', 'b', 'b', 'none']);
  bench.told.splice(0);
  expect(valueOf(await bench.resume(run.id))).toBe('one');
  expect(modelsIn(bench)).toEqual(['scripted/model']);
});

test('when a fallback answered then a resume gives its reply back, and asks the first model next', async () => {
  const tool = scriptedTool('act', { effect: 'once', acts: () => 'ok' });
  const model = scriptedModel([fails('unavailable'), { calls: [['final_result', { result: 'done' }]] }]);
  const bench = new Bench({
    tools: [tool],
    model,
    fallbacks: [named('other/model', [{ calls: [['act', { text: 'x' }]] }])],
  });
  const agent = planOf([{ kind: 'react', task: 'do it', tools: ['act'], output: '$a' }]);
  const run = await bench.start(agent);
  expect(modelsIn(bench)).toEqual(['scripted/model', 'other/model', 'other/model']);
  bench.told.splice(0);
  expect(valueOf(await bench.resume(run.id, { verify: true }))).toBe('done');
  expect(modelsIn(bench)).toEqual(['scripted/model']);
});

test('when a limit of cost counts a fallback then by its own price', async () => {
  const prices = { 'scripted/model': { input: 0, output: 0 }, 'other/model': { input: 1_000_000, output: 0 } };
  const bench = new Bench({
    model: scriptedModel([fails('unavailable'), one]),
    fallbacks: [named('other/model', [one])],
    prices,
    limits: { cost: 5 },
  });
  const run = await bench.start(planOf([think, { ...think, output: '$b' }]));
  expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 1 } });
});
