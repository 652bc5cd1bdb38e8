import { expect, test } from 'vitest';
import * as z from 'zod';

import type { Json } from '../../src/domain/values/json.js';
import type { ModelRequest } from '../../src/models/model.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { plainMarks } from '../support/plain-marks.js';
import { scriptedTool, textsOf, type ScriptedTool, type ToolScript } from './scripted-tool.js';

const step = { kind: 'react', task: 'Find it out', tools: ['look', 'add'], output: '$found' };
const look = (script: Partial<ToolScript> = {}) =>
  scriptedTool('look', { args: z.object({ text: z.string() }), acts: ({ text }) => `saw ${String(text)}`, ...script });
const add = () =>
  scriptedTool('add', {
    args: z.object({ a: z.number(), b: z.number() }),
    acts: ({ a, b }) => Number(a) + Number(b),
  });

const calls = (...all: [string, Json][]): Reply => ({ calls: all });
const looks = (...texts: string[]): Reply => ({ calls: texts.map((text) => ['look', { text }]) });
const final = (result: Json): Reply => calls(['final_result', { result }]);

interface Play extends Surroundings {
  tools?: ScriptedTool[];
  /** Keys of the step. */
  keys?: object;
  /** Steps before it. */
  before?: object[];
}

/** Runs one react step; the model must be asked for exactly these replies. */
async function play(replies: Reply[], { keys = {}, before = [], tools = [look(), add()], ...rest }: Play = {}) {
  const model = scriptedModel(replies);
  const bench = new Bench({ tools, model, ...rest });
  const run = await bench.start(planOf([...before, { ...step, ...keys }]));
  if (run.state !== 'NEED_CLARIFICATION') expect(model.left).toEqual([]);
  return { run, bench, requests: model.requests };
}

const namesIn = (request: ModelRequest | undefined) => request?.tools?.map(({ name }) => name);
const lastText = (request: ModelRequest | undefined) => plainMarks(request?.messages.at(-1)?.text ?? '');
const toolTexts = (request: ModelRequest | undefined) =>
  (request?.messages ?? []).flatMap(({ role, text }) => (role === 'tool' ? [plainMarks(text)] : []));

test('when several tools are needed then each result is shown by name, until the model gives its answer', async () => {
  const { run, requests } = await play([
    calls(['look', { text: 'x' }], ['add', { a: 1, b: 2 }]),
    looks('y'),
    final('x and 3'),
  ]);
  expect(valueOf(run)).toBe('x and 3');
  for (const request of requests) expect(namesIn(request)).toEqual(['look', 'add', 'final_result']);
  expect(requests[2]?.messages.map(({ role }) => role).join(' ')).toBe(
    'system user assistant tool tool assistant tool',
  );
  expect(toolTexts(requests[2])).toEqual([
    'Result $result_1:\n<data>\nsaw x\n</data>',
    'Result $result_2:\n<data>\n3\n</data>',
    'Result $result_3:\n<data>\nsaw y\n</data>',
  ]);
});

test('when the model answers with text instead of calling final_result then that is the answer', async () => {
  const { run } = await play([looks('x'), { text: 'It is x.' }]);
  expect(valueOf(run)).toBe('It is x.');
});

test.each<[string, Reply, RegExp]>([
  ['gives a wrong type', calls(['add', { a: 1, b: 'two' }]), /do not fit: b: .*Correct them/],
  ['leaves arguments out', calls(['add', {}]), /do not fit: a: is missing; b: is missing/],
  ['invents an argument', calls(['look', { text: 'x', colour: 'red' }]), /colour/],
  ['calls another function', calls(['rm', {}]), /no function rm; call look or add or final_result/],
  ['asks, but may not', calls(['ask_user', { argument_name: 'a', question: '?' }]), /no function ask_user/],
  ['gives no object', calls(['look', [1]]), /must be a JSON object/],
  ['ends without an answer', calls(['final_result', { answer: 'x' }]), /needs the argument result/],
  ['says nothing', { text: ' ' }, /Call a function, or final_result/],
])('when the model %s then it is told, nothing is called, and it may continue', async (_what, first, told) => {
  const tools = [look(), add()];
  const { run, requests } = await play([first, final('done')], { tools });
  expect(valueOf(run)).toBe('done');
  expect(lastText(requests[1])).toMatch(told);
  expect(tools.flatMap((tool) => tool.calls)).toEqual([]);
});

test('when the answer comes beside other calls then those are made, and it must be given again', async () => {
  const both = calls(['final_result', { result: 'guessed' }], ['look', { text: 'x' }]);
  const { run, requests } = await play([both, final('seen')]);
  expect(valueOf(run)).toBe('seen');
  expect(toolTexts(requests[1])).toEqual([expect.stringMatching(/call it alone/), expect.stringContaining('saw x')]);
});

test('when a call fails softly then the model is told; when it may have acted then the step fails for good', async () => {
  const busy = () => ({ kind: 'failure' as const, message: 'busy', retryable: true });
  const soft = await play([looks('x'), looks('y'), final('seen')], {
    tools: [look({ acts: [busy, () => 'y'] }), add()],
  });
  expect(lastText(soft.requests[1])).toBe('<data>\nThe call failed: busy\n</data>');
  expect(valueOf(soft.run)).toBe('seen');

  const once = look({ effect: 'once', acts: [busy] });
  const hard = await play([looks('x')], { tools: [once, add()], policy: { look: 'allow' } });
  expect(hard.run.error).toMatchObject({ code: 'tool-failed', message: 'look: busy', step: '0', retryable: false });
});

test('when a tool is not there then the step fails before the model is asked', async () => {
  const { run } = await play([], { keys: { tools: ['look', 'gone'] } });
  expect(run.error).toMatchObject({ code: 'tool-failed', message: 'There is no tool gone.', fix: 'portia tools list' });
});

const schema = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] };

test('when the answer has a schema then the final function takes it, and what does not fit is reported', async () => {
  const wrong = calls(['final_result', { sum: 'three' }]);
  const right = calls(['final_result', { sum: 3 }]);
  const { run, requests } = await play([wrong, right], { keys: { output_schema: schema } });
  expect(valueOf(run)).toEqual({ sum: 3 });
  expect(requests[0]?.tools?.at(-1)?.parameters).toEqual(schema);
  expect(lastText(requests[1])).toBe('The answer does not fit: sum: must be integer. Correct it.');
});

test('when the schema is not that of an object then the answer is one argument, and references still hold', async () => {
  const $defs = { size: { type: 'integer' } };
  const output_schema = { type: 'array', items: { $ref: '#/$defs/size' }, $defs };
  const { run, requests } = await play([final([1, 2])], { keys: { output_schema } });
  expect(valueOf(run)).toEqual([1, 2]);
  expect(requests[0]?.tools?.at(-1)?.parameters).toMatchObject({
    properties: { result: { type: 'array', items: { $ref: '#/$defs/size' } } },
    $defs,
  });
});

test('when the answer is text and the step has a schema then a model brings it into the shape, unless it fits', async () => {
  const { run, requests } = await play([{ text: 'Three.' }, { json: { sum: 3 } }], { keys: { output_schema: schema } });
  expect(valueOf(run)).toEqual({ sum: 3 });
  expect(requests[1]).toMatchObject({ responseFormat: { kind: 'json_schema' } });
  expect(requests[1]?.messages[0]?.text).toContain('"Three."');

  const written = await play([{ text: '{"sum": 4}' }], { keys: { output_schema: schema } });
  expect(valueOf(written.run)).toEqual({ sum: 4 });
});

test('when the schema is broken then the step fails before the model is asked', async () => {
  const { run } = await play([], { keys: { output_schema: { type: 'nothing' } } });
  expect(run.error).toMatchObject({ code: 'invalid-input', step: '0' });
});

test('when max_tool_calls is reached, failed calls included, then the model must end with what it has', async () => {
  const failure = { kind: 'failure' as const, message: 'busy', retryable: true };
  const tools = [look({ acts: [() => failure, () => 'saw b'] }), add()];
  const { run, requests } = await play([looks('a'), looks('b', 'c'), final('only b')], {
    tools,
    keys: { max_tool_calls: 2 },
  });
  expect(valueOf(run)).toBe('only b');
  expect(tools.flatMap(textsOf)).toEqual(['a', 'b']);
  expect(toolTexts(requests[2]).at(-1)).toBe('Not called: 2 tool calls were made already.');
  expect(lastText(requests[2])).toMatch(/max_tool_calls \(2\) is reached. Call final_result with what you have/);
  expect(namesIn(requests[2])).toEqual(['final_result']);
});

test.each<[string, Reply]>([
  ['keeps calling', looks('b')],
  ['gives no answer', calls(['final_result', {}])],
])('when the model %s after max_tool_calls then the step fails', async (_what, last) => {
  const { run } = await play([looks('a'), last], { keys: { max_tool_calls: 1 } });
  expect(run.error).toMatchObject({ code: 'tool-failed', message: expect.stringContaining('max_tool_calls (1)') });
  expect(run.error?.retryable).toBe(true);
});

test.each<[string, Reply]>([
  ['text', { text: 'Three.' }],
  ['an answer that does not fit', calls(['final_result', { sum: 'three' }])],
])('when the last word is %s then it is brought into the shape', async (_what, last) => {
  const keys = { max_tool_calls: 1, output_schema: schema };
  const { run } = await play([looks('a'), last, { json: { sum: 3 } }], { keys });
  expect(valueOf(run)).toEqual({ sum: 3 });
});

test('when five turns in a row bring nothing then the step fails with what went wrong', async () => {
  const wrong = calls(['rm', {}]);
  const { run } = await play([wrong, wrong, looks('x'), wrong, wrong, { text: '' }, wrong, wrong]);
  expect(run.error).toMatchObject({ code: 'tool-failed', retryable: true });
  expect(run.error?.message).toMatch(/^The agent got no further in 5 turns; the last time: There is no function rm/);
});

test('when a model never stops asking and somebody always answers then the step comes to an end', async () => {
  const ask = calls(['ask_user', { argument_name: 'more', question: 'And?' }]);
  const handler: Surroundings['handler'] = {
    ask: async (open) => open.map(({ id }) => ({ id, response: 'more', channel: 'api' as const })),
  };
  const { run } = await play(
    Array.from({ length: 25 }, () => ask),
    { keys: { may_ask: true }, handler },
  );
  expect(run.outputs.clarifications).toHaveLength(20);
  expect(run.error?.message).toMatch(/got no further in 5 turns; the last time: No more questions can be asked/);
});

test('when the agent may ask then it gets the answer and continues, without paying twice', async () => {
  const ask = calls(['ask_user', { argument_name: 'what', question: 'What exactly?' }]);
  const keys = { may_ask: true, name: 'Research' };
  const { run, bench, requests } = await play([looks('x'), ask, final('that')], { keys });
  expect(run.outputs.clarifications).toMatchObject([
    { category: 'Input', argument_name: 'what', user_guidance: 'What exactly?', source: 'Research', output: '$found' },
  ]);
  expect(namesIn(requests[0])).toEqual(['look', 'add', 'ask_user', 'final_result']);
  expect(valueOf(await bench.resume(run.id, { what: 'that' }))).toBe('that');
  expect(requests).toHaveLength(3);
  expect(lastText(requests[2])).toBe('The user says: what = that');
});

test('when the agent may ask and leaves arguments out then the user is asked for them', async () => {
  const tools = [look(), add()];
  const { run, bench } = await play([calls(['add', { a: 1 }]), final('three')], { tools, keys: { may_ask: true } });
  expect(run.outputs.clarifications).toMatchObject([{ argument_name: 'b', schema: { type: 'number' } }]);
  expect(valueOf(await bench.resume(run.id, { b: 2 }))).toBe('three');
  expect(tools[1]?.calls.map(({ args }) => args)).toEqual([{ a: 1, b: 2 }]);
});

test('when a call needs consent then the step waits, and resuming repeats nothing', async () => {
  const tools = [look(), scriptedTool('pay', { effect: 'once', acts: () => 'paid' })];
  const replies = [looks('price'), calls(['pay', { text: '3' }]), final('bought')];
  const { run, bench, requests } = await play(replies, { tools, keys: { tools: ['look', 'pay'] } });
  expect(run.pause?.reason).toBe('approval');
  expect(requests).toHaveLength(2);
  expect(valueOf(await bench.resume(run.id, { verify: true }))).toBe('bought');
  expect(tools.map(({ calls: made }) => made.length)).toEqual([1, 1]);
  expect(requests).toHaveLength(3);
});

test('when the step is tried again then what acted is not done again', async () => {
  const pay = scriptedTool('pay', { effect: 'once', acts: [() => 'paid'] });
  const buy = calls(['pay', { text: '3' }]);
  const nothing = Array.from({ length: 5 }, (): Reply => ({ text: '' }));
  const keys = { tools: ['pay'] };
  const replies = [buy, ...nothing, buy, final('bought')];
  const { run, bench, requests } = await play(replies, {
    tools: [pay],
    keys: { ...keys, retries: 1 },
    policy: { pay: 'allow' },
  });
  expect(valueOf(run)).toBe('bought');
  expect(pay.calls).toHaveLength(1);
  expect(toolTexts(requests.at(-1))).toEqual(['Result $result_1:\n<data>\npaid\n</data>']);
  expect((await bench.story()).filter((line) => line.startsWith('step.'))).toEqual([
    'step.started 0 #1',
    'step.failed 0',
    'step.started 0 #2',
    'step.completed 0',
  ]);
});
