import { describe, expect, test } from 'vitest';

import { adviceText } from '../../../src/domain/next-step.js';
import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { checkPlan, type KnownToolsAndPlans } from '../../../src/domain/plan-check/plan-rules.js';
import type { PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

/** Errors as `rule pointer`. */
function errorsOf(steps: Json[], inputs: PlanInput[] = [], known: KnownToolsAndPlans = {}): string[] {
  return checkPlan(planWith(steps, inputs), known)
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, pointer }) => `${rule} ${pointer}`);
}

function warningsOf(steps: Json[], inputs: PlanInput[] = [], known: KnownToolsAndPlans = {}): string[] {
  return checkPlan(planWith(steps, inputs), known)
    .filter(({ severity }) => severity === 'warning')
    .map(({ rule, pointer }) => `${rule} ${pointer}`);
}

function toolsWith(inputSchema: JsonSchema): KnownToolsAndPlans {
  return { tools: new Map([['t', { inputSchema: () => inputSchema }]]) };
}

const use = (name: string, output = '$z') => compute(`$${name}`, output);
const branch = (steps: Json[], more: { [key: string]: Json } = { when: 'true' }) => ({ ...more, steps });
const call = (args: { [key: string]: Json }) => ({ kind: 'tool', tool_id: 't', args, output: '$z' });

describe('a plan without problems', () => {
  test.each(Object.entries(STEPS_OF_EVERY_KIND))('when its step is of kind %s then nothing is said', (_kind, step) => {
    const problems = checkPlan(planWith([step], [{ name: 'list' }]));
    expect(problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  test('when its steps are of every kind then there are no errors', () => {
    expect(errorsOf(Object.values(STEPS_OF_EVERY_KIND), [{ name: '$list' }])).toEqual([]);
  });

  test.each<[string, Json[]]>([
    ['a step uses an earlier one', [compute('1', 'a'), use('a')]],
    [
      'a function is called, also where a value has its name',
      [compute('3', '$sum'), compute('$sum([1]) + ([2] ~> $sum)', 'a')],
    ],
    [
      'a value with the name of a function is an input',
      [compute('3', '$sum'), { task: 't', inputs: [{ name: '$sum' }], output: 'b' }],
    ],
    ['names are written with and without $', [compute('1', '$a'), { task: 't', inputs: [{ name: 'a' }], output: 'b' }]],
    [
      'equal outputs have different conditions',
      [compute('1', 'a', { when: 'true' }), compute('2', 'a', { when: 'false' }), use('a')],
    ],
    [
      'one of them has a sentence',
      [compute('1', 'a', { when: 'true' }), compute('2', 'a', { condition: 'true' }), use('a')],
    ],
    [
      'branches share an output',
      [
        { kind: 'if', branches: [branch([compute('1', 'a')]), branch([compute('2', 'a')])], else: [compute('3', 'a')] },
        use('a'),
      ],
    ],
    [
      'a block sees what is around it',
      [
        compute('[1]', 'a'),
        {
          kind: 'for_each',
          over: '$a',
          as: 'x',
          steps: [{ kind: 'if', branches: [branch([compute('$a & $x', 'y')])] }],
        },
      ],
    ],
    [
      'an iteration uses its own output',
      [{ kind: 'for_each', over: [1], as: 'x', steps: [compute('$x', 'y'), use('y')], output: 'all' }],
    ],
    [
      'an inner name hides an outer one',
      [compute('1', 'y'), { kind: 'for_each', over: '[$y]', as: 'y', steps: [use('y')] }],
    ],
    ['a loop ends by what it leaves', [{ kind: 'do_while', when: '$a < 3', steps: [compute('1', 'a')] }]],
    [
      '$exists asks for a conditional output',
      [compute('1', 'a', { when: 'true' }), compute('$exists($a) ? $a : 0', 'b')],
    ],
  ])('when %s then there are no errors', (_name, steps) => {
    expect(errorsOf(steps)).toEqual([]);
  });
});

describe('references', () => {
  test.each<[string, Json[], string[]]>([
    ['nothing defines the name', [use('a')], ['unknown-reference /steps/0/expression']],
    [
      'a value has the name of a function and is used in an expression',
      [compute('3', '$sum'), call({ n: '{{ $sum + $count([1]) }}' })],
      ['name-of-function /steps/1/args/n'],
    ],
    [
      'an input is unknown',
      [{ task: 't', inputs: [{ name: 'b' }, { name: '$a' }], output: 'b' }],
      ['used-too-early /steps/0/inputs/0/name', 'unknown-reference /steps/0/inputs/1/name'],
    ],
    ['it is made later', [use('a', 'b'), compute('1', 'a')], ['used-too-early /steps/0/expression']],
    ['a step uses itself', [use('a', 'a')], ['used-too-early /steps/0/expression']],
    ['steps go in a circle', [use('b', 'a'), use('a', 'b')], ['used-too-early /steps/0/expression']],
    [
      'a template is wrong',
      [{ kind: 'tool', tool_id: 'x', args: { a: { 'b/c': ['{{ $no }}'] } }, output: 'b' }],
      ['unknown-reference /steps/0/args/a/b~1c/0'],
    ],
    ['a task has a template', [{ task: 'use {{ $no }}', output: 'b' }], ['unknown-reference /steps/0/task']],
    ['a message has one', [{ kind: 'exit', message: '{{ $no }}' }], ['unknown-reference /steps/0/message']],
    [
      'a question has one',
      [{ kind: 'user_input', message: '{{ $no }}', output: 'a' }],
      ['unknown-reference /steps/0/message'],
    ],
    [
      'an inner plan gets one',
      [{ kind: 'plan', plan: 'x', inputs: { a: '{{ $no }}' }, output: 'a' }],
      ['unknown-reference /steps/0/inputs/a'],
    ],
    ['a when uses one', [compute('1', 'a', { when: '$no > 1' })], ['unknown-reference /steps/0/when']],
    [
      'a branch asks for one',
      [{ kind: 'if', branches: [branch([compute('1', 'a')], { when: '$no' })] }],
      ['unknown-reference /steps/0/branches/0/when'],
    ],
    [
      'a loop goes over one',
      [{ kind: 'for_each', over: '$no', as: 'x', steps: [use('x')] }],
      ['unknown-reference /steps/0/over'],
    ],
    [
      'a loop asks for one',
      [{ kind: 'while', when: '$no', steps: [compute('1', 'a')] }],
      ['unknown-reference /steps/0/when'],
    ],
    ['it is only asked for', [compute('$exists($no)', 'a')], ['unknown-reference /steps/0/expression']],
    [
      'it is a loop variable behind its loop',
      [{ kind: 'for_each', over: [1], as: 'x', steps: [use('x', 'y')] }, use('x')],
      ['unknown-reference /steps/1/expression'],
    ],
    [
      'it is made inside a loop',
      [{ kind: 'for_each', over: [1], as: 'x', steps: [use('x', 'y')] }, use('y')],
      ['used-too-early /steps/1/expression'],
    ],
    [
      'it is made in another branch',
      [{ kind: 'if', branches: [branch([compute('1', 'a')]), branch([use('a')])], else: [use('a')] }],
      ['used-too-early /steps/0/branches/1/steps/0/expression', 'used-too-early /steps/0/else/0/expression'],
    ],
    [
      'several things are wrong',
      [use('a', 'b'), { task: '{{ $c }} {{', output: 'd' }, use('d')],
      ['unknown-reference /steps/0/expression', 'expression /steps/1/task'],
    ],
  ])('when %s then the place is reported', (_name, steps, expected) => {
    expect(errorsOf(steps)).toEqual(expected);
  });

  test('when a name is made later then the message says where', () => {
    const [problem] = checkPlan(planWith([use('a', 'b'), { kind: 'if', branches: [branch([compute('1', 'a')])] }]));
    expect(problem).toMatchObject({
      message: '$a does not exist here: step 2.1.1 makes it.',
      fix: expect.stringMatching(/before/) as string,
    });
  });
});

describe('rules about one step', () => {
  test.each<[string, Json[], string[]]>([
    ['an expression does not parse', [compute('1 +', 'a')], ['expression /steps/0/expression']],
    ['a refused function is used', [compute('$random()', 'a')], ['expression /steps/0/expression']],
    ['a template is open', [{ task: 'a {{ b', output: 'a' }], ['expression /steps/0/task']],
    [
      'it has when and condition',
      [compute('1', 'a', { when: 'true', condition: 'x' })],
      ['two-conditions /steps/0/condition'],
    ],
    [
      'a branch has both',
      [{ kind: 'if', branches: [branch([compute('1', 'a')], { when: 'true', condition: 'x' })] }],
      ['two-conditions /steps/0/branches/0/condition'],
    ],
    [
      'a branch has neither',
      [{ kind: 'if', branches: [branch([compute('1', 'a')], {})] }],
      ['no-condition /steps/0/branches/0'],
    ],
    ['a loop has neither', [{ kind: 'do_while', steps: [compute('1', 'a')] }], ['no-condition /steps/0']],
    ['two outputs are equal', [compute('1', '$a'), compute('2', 'a')], ['duplicate-output /steps/1/output']],
    [
      'three outputs are equal',
      [compute('1', 'a'), compute('2', 'a'), compute('2', 'a')],
      ['duplicate-output /steps/1/output', 'duplicate-output /steps/2/output'],
    ],
    [
      'two outputs have equal conditions',
      [compute('1', 'a', { when: 'true' }), compute('2', 'a', { when: 'true' })],
      ['duplicate-output /steps/1/output'],
    ],
    [
      'two in one block are equal',
      [{ kind: 'for_each', over: [1], as: 'x', steps: [use('x', 'a'), use('x', 'a')] }],
      ['duplicate-output /steps/0/steps/1/output'],
    ],
    ['an output is a plan input', [compute('1', '$in')], ['duplicate-output /steps/0/output']],
    ['there are no steps', [], ['no-steps /steps']],
  ])('when %s then it is an error', (_name, steps, expected) => {
    expect(errorsOf(steps, [{ name: 'in' }])).toEqual(expected);
  });

  test.each<[string, Json[], PlanInput[], string[]]>([
    [
      'a plan input is declared twice',
      [use('a')],
      [{ name: 'a' }, { name: '$a' }],
      ['duplicate-input /plan_inputs/1/name'],
    ],
  ])('when %s then it is an error', (_name, steps, inputs, expected) => {
    expect(errorsOf(steps, inputs)).toEqual(expected);
  });

  test.each<[string, Json[], PlanInput[], string[]]>([
    ['an output is used by nobody', [compute('1', 'a'), compute('2', 'b')], [], ['unused /steps/0/output']],
    ['a plan input is', [compute('1', 'a')], [{ name: 'in' }], ['unused /plan_inputs/0/name']],
    [
      'a condition names it',
      [compute('1', 'a'), compute('2', 'b'), compute('3', 'c', { condition: 'If $a is big, and b too' })],
      [],
      [],
    ],
    [
      'the last step is a branch',
      [{ kind: 'if', branches: [branch([compute('1', 'a')], { when: '1 = 2' })], else: [compute('1', 'b')] }],
      [],
      [],
    ],
    ['an output has no usable name', [compute('1', 'my-output')], [], ['name /steps/0/output']],
    ['an output is called like a function', [compute('1', '$count')], [], ['name /steps/0/output']],
    [
      'a loop variable is',
      [{ kind: 'for_each', over: [1], as: 'sum', steps: [compute('1', 'a')], output: 'b' }],
      [],
      ['name /steps/0/as'],
    ],
  ])('when %s then the warnings fit', (_name, steps, inputs, expected) => {
    expect(warningsOf(steps, inputs)).toEqual(expected);
  });
});

describe('tools and kinds', () => {
  const closed: JsonSchema = {
    type: 'object',
    properties: { q: {}, n: {} },
    required: ['q'],
    additionalProperties: false,
  };

  test.each<[string, JsonSchema, { [key: string]: Json }, string[]]>([
    ['all is known', closed, { q: 1, n: 2 }, []],
    ['one is unknown', closed, { q: 1, 'a/b': 2 }, ['unknown-argument /steps/0/args/a~1b']],
    [
      'one has the name of an inherited member',
      closed,
      { q: 1, constructor: 2 },
      ['unknown-argument /steps/0/args/constructor'],
    ],
    [
      'the schema names some and does not say that it is open',
      { properties: { q: {} } },
      { x: 1 },
      ['unknown-argument /steps/0/args/x'],
    ],
    ['the schema is open', { properties: { q: {} }, additionalProperties: true }, { x: 1 }, []],
    ['the schema is open for texts', { properties: { q: {} }, additionalProperties: { type: 'string' } }, { x: 1 }, []],
    ['the schema names none', { type: 'object', properties: {} }, { x: 1 }, []],
    [
      'the schema takes none',
      { properties: {}, additionalProperties: false },
      { x: 1 },
      ['unknown-argument /steps/0/args/x'],
    ],
    ['the schema is put together', { properties: { q: {} }, anyOf: [{ properties: { x: {} } }] }, { x: 1 }, []],
    ['the schema is nonsense', { properties: 7, required: 'q' }, { x: 1 }, []],
    ['the schema is null inside', { properties: null, required: [7, null] }, { x: 1 }, []],
  ])('when %s then the errors fit', (_name, schema, args, expected) => {
    expect(errorsOf([call(args)], [], toolsWith(schema))).toEqual(expected);
  });

  test('when a needed argument is not given then the run will ask, which is a warning', () => {
    expect(warningsOf([call({ n: 1 })], [], toolsWith(closed))).toEqual(['asks /steps/0/args']);
  });

  test('when tools do not exist then each is reported at its place', () => {
    const steps = [
      { task: 't', tool_id: 'a', output: 'x' },
      { kind: 'react', task: 't', tools: ['t', 'b'], output: 'y' },
      { kind: 'for_each', over: [1], as: 'i', steps: [{ kind: 'tool', tool_id: 'c', output: 'z' }] },
      { task: 't', output: 'w' },
    ];
    expect(errorsOf(steps, [], toolsWith({}))).toEqual([
      'unknown-tool /steps/0/tool_id',
      'unknown-tool /steps/1/tools/1',
      'unknown-tool /steps/2/steps/0/tool_id',
    ]);
    expect(errorsOf(steps)).toEqual([]);
  });

  test('when no tool of an MCP server is known then the fix is to add the server', () => {
    const callOf = (id: string) => ({ kind: 'tool', tool_id: id, output: `$${id.slice(4, 8)}` });
    const tools = new Map([['mcp:mail:search_inbox', { inputSchema: () => ({}) }]]);
    const found = checkPlan(planWith([callOf('mcp:chat:post'), callOf('mcp:mail:zzz')]), { tools });
    expect(found.flatMap(({ fix }) => (fix === undefined ? [] : [adviceText(fix)]))).toEqual([
      'portia mcp list\nportia mcp add chat -- COMMAND',
      'portia tools list',
    ]);
  });

  test.each([
    ['once', []],
    ['read', ['unused /steps/0/output']],
  ] as const)('when a step of effect %s leaves what nobody uses then %j is said', (effect, said) => {
    const tools = new Map([['t', { inputSchema: () => ({}), effect }]]);
    expect(warningsOf([call({}), compute('2', 'b')], [], { tools })).toEqual(said);
  });
});
