import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkPlan } from '../../src/domain/plan-check/plan-rules.js';
import { planSchema } from '../../src/domain/plan/plan-schema.js';
import { compileSchema } from '../../src/tools/json-schema.js';
import { planReplyJsonSchema } from '../../src/planner/plan-reply.js';
import { readPlanReply, replyShapeProblems } from '../../src/planner/read-plan-reply.js';

const SURROUNDINGS = { toolIds: ['search_tool', 'llm_tool', 'mcp:mail:send'], planInputs: [{ name: 'city' }] };

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

function stepsOf(...steps: unknown[]) {
  const reply = readPlanReply({ steps, error: null }, SURROUNDINGS);
  return reply.kind === 'steps' ? reply : expect.fail(JSON.stringify(reply));
}

function problemsOf(reply: unknown) {
  const read = readPlanReply(reply, SURROUNDINGS);
  return read.kind === 'problems' ? read.problems : expect.fail(JSON.stringify(read));
}

describe('when the reply is a plan', () => {
  test('then its steps have the shape of the Python SDK, without empty conditions', () => {
    expect(stepsOf(SEARCH, SUM_UP)).toEqual({
      kind: 'steps',
      warnings: [],
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
  ])('then %s is taken', (_name, step, expected) => {
    expect(stepsOf(SEARCH, step).steps[1]).toMatchObject(expected);
  });

  test('then one output in exclusive cases is fine', () => {
    const cases = [
      SEARCH,
      { ...SUM_UP, condition: 'if few' },
      { ...SUM_UP, condition: 'if many' },
      { ...SUM_UP, when: 'true' },
    ];
    expect(stepsOf(...cases).steps).toHaveLength(4);
  });

  test('then a step without a tool stays without when llm_tool is not offered', () => {
    const reply = readPlanReply({ steps: [{ ...SUM_UP, inputs: [] }] }, { toolIds: [], planInputs: [] });
    expect(reply).toMatchObject({ steps: [{ tool_id: null }] });
  });

  test('then keys that planned steps do not have are ignored with a warning', () => {
    const { steps, warnings } = stepsOf({ ...SEARCH, kind: 'tool', args: {} });
    expect(steps[0]).not.toHaveProperty('args');
    expect(warnings).toMatchObject([{ rule: 'ignored-keys', pointer: '/steps/0', severity: 'warning' }]);
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
    ['an empty task', { steps: [{ ...SEARCH, task: ' ' }] }, 'no-task', '/steps/0/task'],
    ['an empty output', { steps: [{ ...SEARCH, output: '$' }] }, 'no-output', '/steps/0/output'],
    ['a strange output', { steps: [{ ...SEARCH, output: '$my result' }] }, 'output-name', '/steps/0/output'],
    ['an output like a plan input', { steps: [{ ...SEARCH, output: 'city' }] }, 'output-is-input', '/steps/0/output'],
    ['two equal outputs', { steps: [SEARCH, SEARCH] }, 'duplicate-output', '/steps/1/output'],
    ['two conditions', { steps: [{ ...SEARCH, condition: 'if', when: 'true' }] }, 'two-conditions', '/steps/0/when'],
    ['an invented input', { steps: [{ ...SEARCH, inputs: ['$mail'] }] }, 'unresolved-input', '/steps/0/inputs/0/name'],
    ['its own output', { steps: [{ ...SEARCH, inputs: ['$found'] }] }, 'unresolved-input', '/steps/0/inputs/0/name'],
    ['a later output', { steps: [SUM_UP, SEARCH] }, 'unresolved-input', '/steps/0/inputs/0/name'],
    ['a circle', { steps: [SUM_UP, { ...SEARCH, inputs: ['summary'] }] }, 'unresolved-input', '/steps/0/inputs/0/name'],
    ['an unknown tool', { steps: [{ ...SEARCH, tool_id: 'sms' }] }, 'unknown-tool', '/steps/0/tool_id'],
    ['a prototype as a tool', { steps: [{ ...SEARCH, tool_id: 'constructor' }] }, 'unknown-tool', '/steps/0/tool_id'],
    [
      'a prototype as an input',
      { steps: [{ ...SEARCH, inputs: ['__proto__'] }] },
      'unresolved-input',
      '/steps/0/inputs/0/name',
    ],
    ['a broken character', { steps: [{ ...SEARCH, task: 'a\ud800' }] }, 'reply-shape', '/steps/0/task'],
    ['a task of 5 MB', { steps: [{ ...SEARCH, task: 'x'.repeat(5e6) }] }, 'reply-shape', '/steps/0/task'],
    ['10,000 steps', { steps: Array.from({ length: 10_000 }, () => SEARCH) }, 'reply-shape', '/steps'],
  ])('then %s is a problem', (_name, reply, rule, pointer) => {
    expect(problemsOf(reply)[0]).toMatchObject({ severity: 'error', rule, pointer });
  });

  test('then all problems are reported at once', () => {
    const wrong = { task: '', inputs: ['$a', '$b'], tool_id: 'x', output: '' };
    expect(
      problemsOf({ steps: [wrong, { ...wrong, task: 7 }] })
        .map((problem) => problem.rule)
        .sort(),
    ).toEqual(['no-output', 'no-task', 'reply-shape', 'unknown-tool', 'unresolved-input', 'unresolved-input']);
  });

  test.each([
    ['serch_tool', 'Did you mean search_tool?', '"serch_tool"'],
    ['mcp:mail:sent', 'Did you mean mcp:mail:send?', '"mcp:mail:sent"'],
    ['search', 'Did you mean search_tool?', '"search"'],
    ['se\u0430rch_tool', 'Did you mean search_tool?', String.raw`"se\u0430rch_tool"`],
    ['search_tool\u200b', 'Did you mean search_tool?', String.raw`"search_tool\u200b"`],
    ['quantum_oracle', 'Use the id of a listed tool, or null', '"quantum_oracle"'],
  ])('then the tool %j is spelled out, with what was meant', (id, fix, spelled) => {
    const [problem] = problemsOf({ steps: [{ ...SEARCH, tool_id: id }] });
    expect(problem?.fix).toContain(fix);
    expect(problem?.message).toBe(`Step 1 uses the tool ${spelled}, which is not listed.`);
  });

  test('then a mistyped input gets what was meant, an invented one that it cannot be added', () => {
    const fixOf = (name: string) => problemsOf({ steps: [SEARCH, { ...SUM_UP, inputs: [name] }] })[0]?.fix;
    expect(fixOf('$fuond')).toBe('Did you mean $found?');
    expect(fixOf('$ctiy')).toBe('Did you mean $city?');
    expect(fixOf('$recipient_address')).toContain('Plan inputs cannot be added');
  });
});

test('when the shape is wrong, then each place is named for the model that wrote it', () => {
  expect(replyShapeProblems({ steps: [SEARCH, { ...SUM_UP, output: 3 }] })).toEqual([
    'Step 2, output: Invalid input: expected string, received number.',
  ]);
  expect(replyShapeProblems([])).toEqual([expect.stringContaining('The reply Invalid input')]);
  expect(replyShapeProblems({ steps: [SEARCH], error: null })).toEqual([]);
});

test('when a reply is valid against the schema for the endpoint, then its shape has no problems', async () => {
  const validate = await compileSchema(planReplyJsonSchema({ canKeep: false }));
  const reply = { steps: [SEARCH, { ...SUM_UP, condition: null, when: null, writes: null }], error: null };
  expect(validate(reply)).toEqual([]);
  expect(replyShapeProblems(reply)).toEqual([]);
});

const name = fc.constantFrom('$a', 'a', '$b', 'city', '$c c', '', '__proto__');
const anyStep = fc.record(
  {
    // Templates are judged with the plan.
    task: fc.string().map((text) => text.replaceAll('{{', '{{{{')),
    inputs: fc.array(name),
    tool_id: fc.constantFrom('search_tool', '', 'x', null),
    output: name,
    when: fc.constantFrom(null, 'true', 'false'),
  },
  { requiredKeys: [] },
);

test('when any JSON comes back, then it is judged without an exception, and what is taken is a valid plan', () => {
  const plan = {
    id: 'plan-01890a5d-ac96-774b-bcce-b302099a8057',
    plan_context: { query: '', tool_ids: [] },
    plan_inputs: [{ name: 'city' }],
  };
  const metadata = { schema_version: 1, created_at: '', planner: 'model' };
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ steps: fc.array(anyStep, { maxLength: 5 }) })), (reply) => {
      const read = readPlanReply(reply, SURROUNDINGS);
      if (read.kind !== 'steps') return;
      const problems = checkPlan(planSchema.parse({ ...plan, steps: read.steps, metadata }));
      expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});
