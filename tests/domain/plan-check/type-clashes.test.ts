import { describe, expect, test } from 'vitest';

import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith } from '../plan-examples.js';

const TYPES: JsonSchema = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    number: { type: 'number' },
    whole: { type: 'integer' },
    truth: { type: 'boolean' },
    list: { type: 'array', items: { type: 'number' } },
    either: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    one: { enum: ['a', 'b', 3] },
    deep: { type: 'object', properties: { in: { type: 'array', items: { type: 'string' } } } },
    any: {},
  },
};

const WEATHER: JsonSchema = {
  type: 'object',
  properties: {
    sky: { type: 'string' },
    wind: { type: 'object', properties: { speed: { type: 'number' } } },
    days: { type: 'array', items: { type: 'object', properties: { high: { type: 'number' } } } },
  },
};

const TOOLS = new Map([
  ['t', { inputSchema: () => TYPES }],
  ['counts', { inputSchema: () => ({}), outputSchema: () => ({ type: 'number' }) }],
  ['weather', { inputSchema: () => ({}), outputSchema: () => WEATHER }],
]);

const call = (args: { [key: string]: Json }) => ({ kind: 'tool', tool_id: 't', args, output: '$z' });

/** Clashes as `pointer message`, the message without its beginning. */
function clashesOf(steps: Json[], inputs: PlanInput[] = []): string[] {
  return checkPlan(planWith(steps, inputs), { tools: TOOLS })
    .filter(({ rule, severity }) => rule === 'type-clash' && severity === 'error')
    .map(({ pointer, message }) => `${pointer} ${message.replace(/^The value of /, '')}`);
}

describe('arguments that are written out', () => {
  test.each<[{ [key: string]: Json }, string[]]>([
    [{ text: 'a', number: 1.5, whole: 2, truth: true, list: [1], either: null, one: 3, any: { x: [] } }, []],
    [{ text: 7 }, ['/steps/0/args/text text is a number, where a string is wanted.']],
    [{ number: '7' }, ['/steps/0/args/number number is a string, where a number is wanted.']],
    [{ whole: 1.5 }, ['/steps/0/args/whole whole is a fraction, where a whole number is wanted.']],
    [{ truth: 'true' }, ['/steps/0/args/truth truth is a string, where a boolean is wanted.']],
    [{ list: 'a' }, ['/steps/0/args/list list is a string, where an array is wanted.']],
    [
      { list: [1, 'b', null] },
      [
        '/steps/0/args/list/1 1 is a string, where a number is wanted.',
        '/steps/0/args/list/2 2 is null, where a number is wanted.',
      ],
    ],
    [{ either: 7 }, ['/steps/0/args/either either is a number, where a string or null is wanted.']],
    [{ one: 'c' }, ['/steps/0/args/one one is not one of "a", "b", 3.']],
    [{ deep: { in: ['a', 7] } }, ['/steps/0/args/deep/in/1 1 is a number, where a string is wanted.']],
    [{ deep: { in: '{{ [1] }}', other: 7 } }, []],
    [{ deep: ['{{ 1 }}'] }, ['/steps/0/args/deep deep is an array, where an object is wanted.']],
    [{ number: 'about {{ 1 }}' }, ['/steps/0/args/number number is a string, where a number is wanted.']],
    [{ number: '{{{{' }, ['/steps/0/args/number number is a string, where a number is wanted.']],
    [{ number: '{{ 1 }' }, []],
  ])('when they are %j then the clashes fit', (args, expected) => {
    expect(clashesOf([call(args)])).toEqual(expected);
  });
});

/** A step that leaves $x, what `{{ $x }}` is then refused for (a string or a number), and what it is said to be. */
const SOURCES: [
  what: string,
  step: { [key: string]: Json },
  wanted: 'text' | 'number' | 'list',
  is: string | undefined,
][] = [
  ['a computed number', compute('1 + 2', '$x'), 'text', 'a number'],
  ['a computed text', compute('"a" & 1', '$x'), 'number', 'a string'],
  ['a number that is written out', compute('7', '$x'), 'text', 'a number'],
  ['a comparison', compute('1 > 2', '$x'), 'text', 'a boolean'],
  ['a list that is written out', compute('[1, 2]', '$x'), 'text', 'an array'],
  ['an object', compute('{"a": 1}', '$x'), 'text', 'an object'],
  ['a count', compute('$count([1])', '$x'), 'text', 'a number'],
  ['a choice of two numbers', compute('1 = 2 ? 1 : 2', '$x'), 'text', 'a number'],
  ['a choice of different types', compute('1 = 2 ? 1 : "a"', '$x'), 'text', undefined],
  ['something that is looked up', compute('{"a": 1}.a', '$x'), 'text', undefined],
  ['something that is filtered', compute('[1, 2][0]', '$x'), 'text', undefined],
  ['what a model says', { kind: 'llm', task: 't', output: '$x' }, 'number', 'a string'],
  ['what a step without a tool says', { task: 't', output: '$x' }, 'number', 'a string'],
  ['what an agent brings', { task: 't', tool_id: 't', output: '$x' }, 'number', undefined],
  ['a shaped reply', { task: 't', tool_id: 't', output: '$x', output_schema: { type: 'integer' } }, 'text', 'a number'],
  ['the result of a tool', { kind: 'tool', tool_id: 'counts', output: '$x' }, 'text', 'a number'],
  ['the result of a tool that does not say', { kind: 'tool', tool_id: 't', output: '$x' }, 'text', undefined],
  [
    'an answer of a schema',
    { kind: 'user_input', message: 'm', schema: { type: 'boolean' }, output: '$x' },
    'text',
    'a boolean',
  ],
  ['an answer of options', { kind: 'user_input', message: 'm', options: [1, 2], output: '$x' }, 'text', 'a number'],
  [
    'an answer of options of several types',
    { kind: 'user_input', message: 'm', options: [1, 'a'], output: '$x' },
    'text',
    undefined,
  ],
  ['a free answer', { kind: 'user_input', message: 'm', output: '$x' }, 'text', undefined],
  ['an agreement', { kind: 'user_verify', message: 'm', output: '$x' }, 'number', 'a boolean'],
  [
    'what a loop collects',
    { kind: 'for_each', over: [1], as: 'i', steps: [compute('$i', 'y')], output: '$x' },
    'text',
    'an array',
  ],
  ['a number where a list is wanted', compute('1', '$x'), 'list', undefined],
];

describe('arguments that are one template', () => {
  test.each(SOURCES)('when it is %s then its type is known or it is let pass', (_what, step, wanted, is) => {
    const expected =
      is === undefined
        ? []
        : [`/steps/1/args/${wanted} ${wanted} is ${is}, where a ${wanted === 'text' ? 'string' : 'number'} is wanted.`];
    expect(clashesOf([step, call({ [wanted]: '{{ $x }}' })])).toEqual(expected);
  });

  test('when it is a plan input with a schema then that is its type', () => {
    const inputs = [
      { name: '$x', schema: { type: 'number' } },
      { name: 'y', default: 7 },
    ];
    expect(clashesOf([call({ text: '{{ $x }}', number: '{{ $y }}' })], inputs)).toEqual([
      '/steps/0/args/text text is a number, where a string is wanted.',
    ]);
  });

  test('when it is one of some values and none is allowed then that is reported', () => {
    const step = { kind: 'user_input', message: 'm', options: ['c', 'd'], output: '$x' };
    expect(clashesOf([step, call({ one: '{{ $x }}' })])).toEqual(['/steps/1/args/one one is not one of "a", "b", 3.']);
    expect(clashesOf([{ ...step, options: ['a', 'd'] }, call({ one: '{{ $x }}' })])).toEqual([]);
  });

  test('when it is the variable of a loop then the items say what it is', () => {
    const loop = (over: Json) => ({ kind: 'for_each', over, as: 'i', steps: [call({ text: '{{ $i }}' })] });
    const clash = '/steps/0/steps/0/args/text text is a number, where a string is wanted.';
    expect(clashesOf([loop([1, 2])])).toEqual([clash]);
    expect(clashesOf([loop('[1, 2]')])).toEqual([clash]);
    expect(clashesOf([loop('$n')], [{ name: 'n', schema: { type: 'array', items: { type: 'number' } } }])).toEqual([
      clash,
    ]);
    expect(clashesOf([loop([1, 'a'])])).toEqual([]);
    expect(
      clashesOf([loop('$n')], [{ name: 'n', schema: { type: ['array', 'null'], items: { type: 'number' } } }]),
    ).toEqual([]);
  });
});

describe('a name that several steps define', () => {
  const use = call({ text: '{{ $x }}' });

  test('when one of them may fit then it is let pass', () => {
    expect(clashesOf([compute('1', 'x', { when: '1 = 2' }), compute('"a"', 'x', { when: '1 = 1' }), use])).toEqual([]);
    const branches = [{ when: '1 = 2', steps: [compute('1', 'x')] }];
    expect(clashesOf([{ kind: 'if', branches, else: [compute('"a"', 'x')] }, use])).toEqual([]);
    expect(clashesOf([compute('"a"', 'x'), { kind: 'if', branches }, use])).toEqual([]);
  });

  test('when all of them clash then it is reported', () => {
    const branches = [{ when: '1 = 2', steps: [compute('1', 'x')] }];
    expect(clashesOf([{ kind: 'if', branches, else: [compute('true', 'x')] }, use])).toEqual([
      '/steps/1/args/text text is a number or a boolean, where a string is wanted.',
    ]);
  });

  test('when a round may see what the round before it left then it is let pass', () => {
    const loop = (when: string, steps: Json[]) => ({ kind: 'while', when, max_iterations: 3, steps });
    expect(clashesOf([compute('1', 'x'), loop('1 = 1', [use, compute('"a"', 'x', { name: 'n' })])])).toEqual([]);
    expect(clashesOf([compute('1', 'x'), loop('1 = 1', [use])])).toHaveLength(1);
  });
});

describe('conditions', () => {
  test.each<[string, string[]]>([
    ['$n > 1', []],
    ['$n', ['/steps/1/when when is a number, where a boolean is wanted.']],
    ['"yes"', ['/steps/1/when when is a string, where a boolean is wanted.']],
    ['$count([1])', ['/steps/1/when when is a number, where a boolean is wanted.']],
    ['$n and $exists($n)', []],
    ['($count := function($v) { true }; $count(1))', []],
    ['$n ? true : false', []],
  ])('when one is %s then the clashes fit', (when, expected) => {
    expect(clashesOf([compute('1', 'n'), compute('2', 'm', { when })])).toEqual(expected);
  });

  test('when that of a branch or a loop is not true or false then it is reported at its place', () => {
    const steps = [compute('1', 'y')];
    expect(
      clashesOf([
        { kind: 'if', branches: [{ when: '1', steps }] },
        { kind: 'while', when: '0', steps },
      ]),
    ).toEqual([
      '/steps/0/branches/0/when when is a number, where a boolean is wanted.',
      '/steps/1/when when is a number, where a boolean is wanted.',
    ]);
  });
});

describe('schemas of all sorts', () => {
  test.each<[string, JsonSchema, Json]>([
    ['has no type', {}, 1],
    ['is nonsense', { type: 7, anyOf: 'x', enum: 3, allOf: null }, 'a'],
    ['allows anything in a branch', { anyOf: [{ type: 'string' }, true] }, 1],
    ['is nullable', { type: 'string', nullable: true }, null],
    ['refers to another one', { $ref: '#/$defs/x' }, 1],
    ['is a tuple', { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'string' } }, [1]],
  ])('when one %s then what may fit is let pass', (_what, schema, value) => {
    const tools = new Map([['t', { inputSchema: () => ({ properties: { a: schema } }) }]]);
    expect(checkPlan(planWith([call({ a: value })]), { tools }).map(({ rule }) => rule)).toEqual([]);
  });
});

describe('a part of what a tool says it gives', () => {
  const weather = { kind: 'tool', tool_id: 'weather', output: '$w' };

  test.each<[string, { [key: string]: Json }, string[]]>([
    ['a text', { number: '{{ $w.sky }}' }, ['number is a string, where a number is wanted.']],
    ['a number further in', { text: '{{ $w.wind.speed }}' }, ['text is a number, where a string is wanted.']],
    ['what fits', { text: '{{ $w.sky }}', number: '{{ $w.wind.speed }}', list: '{{ $w.days }}' }, []],
    ['what it does not name', { number: '{{ $w.rain }}' }, []],
    ['what a list gives of each', { text: '{{ $w.days.high }}' }, []],
    ['one that is chosen', { number: '{{ $w.sky[0] }}' }, []],
  ])('when %s is an argument then it is judged by its own type', (_what, args, expected) => {
    expect(clashesOf([weather, call(args)])).toEqual(
      expected.map((text) => `/steps/1/args/${text.split(' ')[0]} ${text}`),
    );
  });
});
