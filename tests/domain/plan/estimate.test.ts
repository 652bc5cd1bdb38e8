import { expect, test } from 'vitest';

import { estimatePlan, REPLY_TOKENS, type EstimateParts } from '../../../src/domain/plan/estimate.js';
import type { Json } from '../../../src/domain/values/json.js';
import { planWith } from '../plan-examples.js';

const PARTS: EstimateParts = {
  plans: new Map(),
  sizes: { work: () => 100, sentence: () => 10, summary: () => 1 },
  lengthOf: async (over) => (Array.isArray(over) ? over.length : undefined),
  summarize: false,
  agent: 'one-shot',
};
const llm = (output: string, more: { [key: string]: Json } = {}) => ({ kind: 'llm', task: 'Say', output, ...more });
const search = { kind: 'tool', tool_id: 'search_tool', args: {}, output: '$a' };
const compute = { kind: 'compute', expression: '1', output: '$one' };
const each = (over: Json, steps: Json[]) => ({ kind: 'for_each', over, as: 'i', steps, output: '$all' });
const whileLoop = (more: { [key: string]: Json }) => ({ kind: 'while', when: '$x', steps: [llm('$x')], ...more });
const exit = { kind: 'exit', message: 'over' };

const calls = async (steps: Json[], parts: Partial<EstimateParts> = {}) =>
  (await estimatePlan(planWith(steps), { ...PARTS, ...parts })).calls;

test.each<[string, Json[], number, number]>([
  ['no model', [compute], 0, 0],
  ['one answer', [llm('$a')], 1, 1],
  ['an agent with a tool', [{ task: 'Find', tool_id: 'search_tool', output: '$a' }], 1, 1],
  ['one whose result is shaped', [{ task: 'Find', tool_id: 'search_tool', output: '$a', output_schema: {} }], 1, 2],
  ['a call whose result is shaped', [{ ...search, output_schema: {} }], 0, 1],
  ['a call without a form', [search], 0, 0],
  ['a question whose answer is shaped', [{ kind: 'user_input', message: '?', output: '$a', output_schema: {} }], 0, 1],
  ['an expression with a form', [{ ...compute, output_schema: {} }], 0, 0],
  ['the tool that is a model, and a form', [{ ...search, tool_id: 'llm_tool', output_schema: {} }], 1, 2],
  ['an agent that is verified', [{ task: 'Do', tool_id: 't', agent: 'verified', output: '$a' }], 1, 2],
  ['an agent that works as react', [{ task: 'Do', tool_id: 't', agent: 'react', output: '$a' }], 1, 26],
  ['a react agent', [{ kind: 'react', task: 'Do', tools: ['t'], max_tool_calls: 4, output: '$a' }], 1, 5],
  ['the tool that is a model', [{ kind: 'tool', tool_id: 'llm_tool', args: { task: 'Say' }, output: '$a' }], 1, 1],
  ['a step under a condition', [llm('$a', { when: '$x' })], 0, 1],
  ['a step that a sentence decides about', [llm('$a', { condition: 'if it rains' })], 1, 2],
  ['what is done after a failure', [{ ...compute, on_error: [llm('$one')] }], 0, 1],
  ['a loop over a list', [each([1, 2, 3], [llm('$a')])], 3, 3],
  ['a loop over what only the run knows', [each('$rows', [llm('$a')])], 0, Infinity],
  ['a loop without models over that', [each('$rows', [compute])], 0, 0],
  ['a while with a limit', [whileLoop({ max_iterations: 5 })], 0, 5],
  ['a while without a limit', [whileLoop({})], 0, Infinity],
  ['a while that a sentence decides about', [whileLoop({ when: null, condition: 'not yet', max_iterations: 2 })], 1, 5],
  ['a do_while', [whileLoop({ kind: 'do_while', max_iterations: 3 })], 1, 3],
  [
    'a choice',
    [{ kind: 'if', branches: [{ condition: 'it rains', steps: [llm('$a'), llm('$b')] }], else: [llm('$a')] }],
    2,
    3,
  ],
  ['a step behind a possible exit', [{ kind: 'if', branches: [{ when: '$x', steps: [exit] }] }, llm('$a')], 0, 1],
  [
    'a plan inside',
    [{ kind: 'plan', inputs: {}, output: '$p', plan: { plan_context: { query: 'q' }, steps: [llm('$a')] } }],
    1,
    1,
  ],
])('when a plan has %s then its model calls have these bounds', async (_name, steps, least, most) => {
  // A condition that is null is none.
  const written = JSON.parse(JSON.stringify(steps).replaceAll('"when":null,', '')) as Json[];
  expect(await calls(written)).toEqual({ least, most });
});

test('when a summary is asked for then it is counted once', async () => {
  expect(await calls([compute], { summarize: true })).toEqual({ least: 1, most: 1 });
});

test('when a loop is not bounded then it is said which and why', async () => {
  const { open } = await estimatePlan(planWith([compute, each('$rows', [llm('$a')]), whileLoop({})]), PARTS);
  expect(open).toEqual([
    { path: '1', why: 'the length of its list is only known in the run' },
    { path: '2', why: 'it has no max_iterations' },
  ]);
});

test('when steps name other models then each model has its own calls and tokens', async () => {
  const { asked } = await estimatePlan(planWith([llm('$a'), each([1, 2], [llm('$b', { model: 'openai/x' })])]), PARTS);
  expect(asked).toMatchObject([
    { role: 'execution', calls: { least: 1 }, inputTokens: { most: 100 }, outputTokens: { most: REPLY_TOKENS } },
    { name: 'openai/x', calls: { least: 2 }, inputTokens: { most: 200 }, outputTokens: { most: 2 * REPLY_TOKENS } },
  ]);
});

test('when a plan inside is not here then it is named', async () => {
  const id = 'plan-019a0000-0000-7000-8000-0000000000ff';
  const { unknown } = await estimatePlan(planWith([{ kind: 'plan', plan: id, inputs: {}, output: '$p' }]), PARTS);
  expect(unknown).toEqual([id]);
});

test('when a step does not say how its agent works then the settings decide', async () => {
  const find = { task: 'Find', tool_id: 'search_tool', output: '$a' };
  expect(await calls([find], { agent: 'verified' })).toEqual({ least: 1, most: 2 });
  expect(await calls([{ ...find, agent: 'one-shot' }], { agent: 'verified' })).toEqual({ least: 1, most: 1 });
});
