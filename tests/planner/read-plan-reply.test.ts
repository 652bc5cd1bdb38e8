import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compileSchema } from '../../src/tools/json-schema.js';
import { planReplyJsonSchema } from '../../src/planner/plan-reply.js';
import { readPlanReply, replyShapeProblems, type OfferedToModel } from '../../src/planner/read-plan-reply.js';
import { STEPS_OF_EVERY_KIND } from '../domain/plan-examples.js';
import { checkedReply, checkWith, toolsCalled } from './checked-reply.js';

const SURROUNDINGS: OfferedToModel = {
  toolIds: ['search_tool', 'llm_tool', 'mcp:mail:send'],
  planInputs: [{ name: 'city' }],
  form: 'simple',
};

const SEARCH = {
  task: 'Search.',
  inputs: [],
  tool_id: 'search_tool',
  output: '$found',
  condition: null,
  when: null,
  writes: null,
};
const SUM_UP = {
  task: 'Sum up.',
  inputs: [{ name: '$found', description: 'What was found.' }],
  tool_id: null,
  output: '$summary',
};

async function stepsOf(...steps: unknown[]) {
  const reply = await checkedReply({ steps, error: null }, SURROUNDINGS);
  return reply.kind === 'steps' ? reply : expect.fail(JSON.stringify(reply));
}

async function problemsOf(reply: unknown) {
  const read = await checkedReply(reply, SURROUNDINGS);
  return read.kind === 'problems' ? read.problems : expect.fail(JSON.stringify(read));
}

describe('when the reply is a plan', () => {
  test('then its steps have the shape of the Python SDK, without empty conditions', async () => {
    expect(await stepsOf(SEARCH, SUM_UP)).toEqual({
      kind: 'steps',
      steps: [
        { task: 'Search.', inputs: [], tool_id: 'search_tool', output: '$found' },
        { ...SUM_UP, tool_id: 'llm_tool' },
      ],
    });
  });

  test.each([
    ['a bare input name', { ...SUM_UP, inputs: ['found'] }, { inputs: [{ name: '$found', description: '' }] }],
    ['no inputs', { ...SUM_UP, inputs: null }, { inputs: [] }],
    ['a repeated input', { ...SUM_UP, inputs: ['found', '$found'] }, { inputs: [{ name: '$found', description: '' }] }],
    ['a plan input', { ...SUM_UP, inputs: ['$city'] }, { inputs: [{ name: '$city', description: '' }] }],
    ['an output without $', { ...SUM_UP, output: ' summary ' }, { output: '$summary' }],
    ['an empty tool', { ...SUM_UP, tool_id: '' }, { tool_id: 'llm_tool' }],
    ['a sentence', { ...SUM_UP, condition: 'if many' }, { condition: 'if many' }],
    ['files that it names itself', { ...SUM_UP, writes: ['reports/*.md'] }, { writes: ['reports/*.md'] }],
    ['an expression', { ...SUM_UP, when: '$count($found) > 2' }, { when: '$count($found) > 2' }],
    ['an empty condition', { ...SUM_UP, condition: ' ' }, { task: 'Sum up.' }],
    ['further keys', { ...SUM_UP, retries: 2, timeout_ms: 5 }, { retries: 2, timeout_ms: 5 }],
  ])('then %s is taken', async (_name, step, expected) => {
    const { steps } = await stepsOf(SEARCH, step);
    expect(steps[1]).toMatchObject(expected);
  });

  test('then one output in exclusive cases is fine', async () => {
    const cases = [
      SEARCH,
      { ...SUM_UP, condition: 'if few' },
      { ...SUM_UP, condition: 'if many' },
      { ...SUM_UP, when: 'true' },
    ];
    expect((await stepsOf(...cases)).steps).toHaveLength(4);
  });

  test('then a step without a tool stays without when llm_tool is not offered', async () => {
    const reply = await checkedReply({ steps: [{ ...SUM_UP, inputs: [] }] }, { ...SURROUNDINGS, toolIds: [] });
    expect(reply).toMatchObject({ steps: [{ tool_id: null }] });
  });

  test('then steps of every kind come as they were written', async () => {
    const every = Object.values(STEPS_OF_EVERY_KIND).filter(({ kind }) => kind !== undefined);
    const read = readPlanReply({ steps: every }, SURROUNDINGS);
    expect(read).toMatchObject({ kind: 'document', problems: [], document: { steps: every } });
  });

  test('then plan inputs are added to those of the person, and a form of the result is taken', () => {
    const reply = {
      plan_inputs: ['rate', { name: '$city', default: 'Rome' }, { name: 'years', schema: { type: 'integer' } }],
      steps: [SEARCH],
      output_schema: { type: 'number' },
    };
    expect(readPlanReply(reply, SURROUNDINGS)).toMatchObject({
      document: {
        plan_inputs: [{ name: 'city' }, { name: '$rate' }, { name: '$years', schema: { type: 'integer' } }],
        output_schema: { type: 'number' },
      },
    });
  });
});

describe('when a step is not written as the plan language has it', () => {
  const call = { kind: 'tool', tool_id: 'search_tool', args: {}, output: '$found' };
  const sum = { kind: 'compute', expression: '1 + 1', output: '$two' };
  const ask = { kind: 'user_input', message: 'Which?', output: '$answer' };
  test.each<[what: string, written: object, meant: object]>([
    ['keys that are null', { ...call, when: null, condition: null }, call],
    ['no kind, but arguments', { ...call, kind: undefined }, call],
    ['another word for the kind', { ...call, kind: 'tool_call' }, call],
    ['capitals and a minus', { ...ask, kind: 'User-Input' }, ask],
    ['a kind that its keys contradict', { ...call, kind: 'compute' }, call],
    ['an expression in a call', { ...sum, kind: 'tool' }, sum],
    ['agent as a kind', { ...SEARCH, kind: 'agent' }, { task: 'Search.', tool_id: 'search_tool' }],
    ['a call whose arguments are to be found', { ...SEARCH, kind: 'tool' }, { task: 'Search.', inputs: [] }],
    [
      'several tools of which a model is to call some',
      { kind: 'tool', task: 'Look.', tools: ['search_tool'], inputs: [], output: '$found' },
      { kind: 'react', task: 'Look.', tools: ['search_tool'], inputs: [], output: '$found' },
    ],
    ['old names of keys', { kind: 'tool', tool: 'search_tool', parameters: {}, save_as: 'found' }, call],
    ['arguments as a text', { ...call, args: '{"a": 1}' }, { ...call, args: { a: 1 } }],
    ['a question as a task', { kind: 'ask', task: 'Which?', output: 'answer' }, ask],
    ['a call without an output', { ...call, output: undefined }, { ...call, output: '$search' }],
    ['a name without $', { ...sum, output: 'two' }, sum],
    [
      'the one case of an if beside it',
      { kind: 'if', when: '1 = 1', then: [sum] },
      { kind: 'if', branches: [{ when: '1 = 1', steps: [sum] }] },
    ],
    [
      'steps in blocks',
      { kind: 'foreach', items: '[1]', item: '$n', do: [{ ...call, kind: undefined, output: 'found' }] },
      { kind: 'for_each', over: '[1]', as: 'n', steps: [call] },
    ],
    [
      'steps of a plan inside',
      { kind: 'plan', task: 'Two', plan: { steps: [{ ...sum, output: 'two' }] }, output: '$all' },
      { kind: 'plan', plan: { plan_context: { query: 'Two' }, steps: [sum] } },
    ],
  ])('with %s then it is mended', (_what, written, meant) => {
    const read = readPlanReply({ steps: [written] }, SURROUNDINGS);
    expect(read).toMatchObject({ kind: 'document', problems: [], document: { steps: [meant] } });
  });

  test('then the outputs of calls that name none are told apart, and clear of all others', () => {
    const nameless = { kind: 'tool', tool_id: 'mcp:mail:send', args: {} };
    const read = readPlanReply({ steps: [{ ...sum, output: '$send' }, nameless, nameless] }, SURROUNDINGS);
    expect(read).toMatchObject({
      document: { steps: [{ output: '$send' }, { output: '$send_2' }, { output: '$send_3' }] },
    });
  });

  test.each<[what: string, step: object, pointer: string]>([
    ['a kind that means nothing', { kind: 'teleport', to: 'Rome' }, '/steps/0/kind'],
    ['a computation without an expression', { kind: 'compute', task: 'Add', output: '$x' }, '/steps/0/expression'],
    ['a field without its variable', { ...sum, expression: 'found.price' }, '/steps/0/expression'],
    [
      'an unknown tool in a block',
      { kind: 'if', branches: [{ when: '1 = 1', steps: [{ ...call, tool_id: 'sms' }] }] },
      '/steps/0/branches/0/steps/0/tool_id',
    ],
    [
      'a broken character in a block',
      { kind: 'if', branches: [{ when: '1 = 1', steps: [{ ...SEARCH, task: '\ud800' }] }] },
      '/steps/0/branches/0/steps/0/task',
    ],
  ])('with %s then its place is told', async (_what, step, pointer) => {
    expect(await problemsOf({ steps: [step] })).toMatchObject([{ pointer }]);
  });
});

describe('when the reply says why there is no plan', () => {
  test.each([
    [{ steps: [], error: 'No tool sends letters.' }, 'No tool sends letters.'],
    [{ error: ' Which city? ' }, 'Which city?'],
    [{ steps: [SEARCH], error: 'Half of it cannot be done.' }, 'Half of it cannot be done.'],
  ])('then %j is an error', (reply, error) => {
    expect(readPlanReply(reply, SURROUNDINGS)).toEqual({ kind: 'error', error });
  });
});

describe('when the reply is not a plan that can be run', () => {
  test.each([
    ['nothing', null, 'reply-shape', ''],
    ['a text', 'steps', 'reply-shape', ''],
    ['steps that are not a list', { steps: {} }, 'reply-shape', '/steps'],
    ['no steps', { steps: [], error: '' }, 'no-steps', '/steps'],
    ['a step that is not one', { steps: ['search'] }, 'reply-shape', '/steps/0'],
    ['a step without a task', { steps: [{ output: '$x' }] }, 'reply-shape', '/steps/0/task'],
    ['an empty task', { steps: [{ ...SEARCH, task: ' ' }] }, 'reply-shape', '/steps/0/task'],
    ['an empty output', { steps: [{ ...SEARCH, output: '$' }] }, 'output-name', '/steps/0/output'],
    ['a strange output', { steps: [{ ...SEARCH, output: '$my result' }] }, 'output-name', '/steps/0/output'],
    ['an output like a plan input', { steps: [{ ...SEARCH, output: 'city' }] }, 'duplicate-output', '/steps/0/output'],
    ['two equal outputs', { steps: [SEARCH, SEARCH] }, 'duplicate-output', '/steps/1/output'],
    [
      'two conditions',
      { steps: [{ ...SEARCH, condition: 'if', when: 'true' }] },
      'two-conditions',
      '/steps/0/condition',
    ],
    ['an invented input', { steps: [{ ...SEARCH, inputs: ['$mail'] }] }, 'unknown-reference', '/steps/0/inputs/0/name'],
    ['its own output', { steps: [{ ...SEARCH, inputs: ['$found'] }] }, 'used-too-early', '/steps/0/inputs/0/name'],
    ['a later output', { steps: [SUM_UP, SEARCH] }, 'used-too-early', '/steps/0/inputs/0/name'],
    ['a circle', { steps: [SUM_UP, { ...SEARCH, inputs: ['summary'] }] }, 'used-too-early', '/steps/0/inputs/0/name'],
    ['an unknown tool', { steps: [{ ...SEARCH, tool_id: 'sms' }] }, 'unknown-tool', '/steps/0/tool_id'],
    ['a prototype as a tool', { steps: [{ ...SEARCH, tool_id: 'constructor' }] }, 'unknown-tool', '/steps/0/tool_id'],
    [
      'a prototype as an input',
      { steps: [{ ...SEARCH, inputs: ['__proto__'] }] },
      'unknown-reference',
      '/steps/0/inputs/0/name',
    ],
    ['a broken character', { steps: [{ ...SEARCH, task: 'a\ud800' }] }, 'reply-shape', '/steps/0/task'],
    ['a task of 5 MB', { steps: [{ ...SEARCH, task: 'x'.repeat(5e6) }] }, 'reply-shape', '/steps'],
    ['a task of 20,000 characters', { steps: [{ ...SEARCH, task: 'x'.repeat(2e4) }] }, 'reply-shape', '/steps/0/task'],
    ['a text of 5 MB', { steps: [{ kind: 'exit', message: 'x'.repeat(5e6) }] }, 'reply-shape', '/steps'],
    [
      '10,000 steps in a block',
      { steps: [{ kind: 'for_each', over: '[1]', as: 'x', steps: Array.from({ length: 10_000 }, () => SEARCH) }] },
      'reply-shape',
      '/steps',
    ],
    ['10,000 steps', { steps: Array.from({ length: 10_000 }, () => SEARCH) }, 'reply-shape', '/steps'],
  ])('then %s is a problem', async (_name, reply, rule, pointer) => {
    const [problem] = await problemsOf(reply);
    expect(problem).toMatchObject({ severity: 'error', rule, pointer });
  });

  test('then all problems are reported at once', async () => {
    const wrong = { ...SEARCH, task: '', inputs: ['$a'], tool_id: 'sms' };
    const problems = await problemsOf({ steps: [wrong, { ...SUM_UP, output: 7 }] });
    expect(problems.map(({ rule, pointer }) => [rule, pointer])).toEqual([
      ['reply-shape', '/steps/0/task'],
      ['reply-shape', '/steps/1/output'],
      ['unknown-reference', '/steps/0/inputs/0/name'],
      ['unknown-tool', '/steps/0/tool_id'],
    ]);
  });

  test.each([
    ['serch_tool', 'There is no tool serch_tool. Did you mean search_tool?'],
    ['mcp:mail:sent', 'There is no tool mcp:mail:sent. Did you mean mcp:mail:send?'],
    ['search', 'There is no tool search. Did you mean search_tool?'],
    ['quantum_oracle', 'There is no tool quantum_oracle.'],
  ])('then the tool %j is named, with what was meant', async (id, message) => {
    expect(await problemsOf({ steps: [{ ...SEARCH, tool_id: id }] })).toMatchObject([{ message }]);
  });

  test('then a mistyped input gets what was meant', async () => {
    const fixOf = async (name: string) =>
      (await problemsOf({ steps: [SEARCH, { ...SUM_UP, inputs: [name] }] }))[0]?.fix;
    expect(await fixOf('$fuond')).toContain('$found');
    expect(await fixOf('$ctiy')).toContain('$city');
  });
});

test('when the shape is wrong, then each place is named for the model that wrote it', () => {
  expect(replyShapeProblems({ steps: [SEARCH, { ...SUM_UP, output: 3 }] }, SURROUNDINGS)).toEqual([
    'Step 2, output: Invalid input: expected string, received number.',
  ]);
  expect(replyShapeProblems([], SURROUNDINGS)).toEqual([expect.stringContaining('Invalid input')]);
  expect(replyShapeProblems({ steps: [SEARCH], error: null }, SURROUNDINGS)).toEqual([]);
});

test.each(['full', 'simple'] as const)(
  'when a reply is valid against the %s schema for the endpoint, then its shape has no problems',
  async (form) => {
    const validate = await compileSchema(planReplyJsonSchema({ form, canKeep: false }));
    const reply = { steps: [SEARCH, { ...SUM_UP, condition: null, when: null, writes: null }], error: null };
    const full = { steps: Object.values(STEPS_OF_EVERY_KIND), error: null };
    expect(validate(form === 'full' ? full : reply)).toEqual([]);
    expect(replyShapeProblems(form === 'full' ? full : reply, SURROUNDINGS)).toEqual([]);
  },
);

const name = fc.constantFrom('$a', 'a', '$b', 'city', '$c c', '', '__proto__');
const anyStep = fc.record(
  {
    // Templates are checked with the plan.
    task: fc.string().map((text) => text.replaceAll('{{', '{{{{')),
    inputs: fc.array(name),
    tool_id: fc.constantFrom('search_tool', '', 'x', null),
    output: name,
    when: fc.constantFrom(null, 'true', 'false'),
  },
  { requiredKeys: [] },
);

const anything = fc.oneof(
  fc.jsonValue(),
  fc.record({
    steps: fc.array(fc.oneof(anyStep, fc.jsonValue(), fc.constantFrom(...Object.values(STEPS_OF_EVERY_KIND))), {
      maxLength: 5,
    }),
  }),
);

test('when any JSON comes back, then it is checked without an exception, and what is taken is a valid plan', async () => {
  const check = checkWith(toolsCalled(...SURROUNDINGS.toolIds));
  await fc.assert(
    fc.asyncProperty(anything, async (reply) => {
      const read = readPlanReply(reply, SURROUNDINGS);
      if (read.kind !== 'document') return;
      const { plan, problems } = await check(read.document);
      expect(plan === undefined).toBe(problems.length > 0);
    }),
    { numRuns: 2_000 },
  );
});
