import { describe, expect, test } from 'vitest';

import { PlanBuilder, PortiaError, type Plan } from '../../src/index.js';

/** The builder as JavaScript sees it: anything goes. */
type Loose = { [method: string]: (...given: unknown[]) => Loose } & { build(): Plan };

const loose = (...given: unknown[]): Loose =>
  new (PlanBuilder as new (...given: unknown[]) => unknown)(...given) as Loose;

/** What the plan is refused with, a line for each problem. */
function problemsOf(builder: { build(): Plan }): string[] {
  try {
    builder.build();
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    expect(error.code).toBe('invalid-plan');
    return error.details.why?.split('\n') ?? [];
  }
  return [];
}

const END = 'Unexpected end of expression';

test('when values have wrong shapes then everything else is reported with them', () => {
  const misuse = (options: object) =>
    loose('q', options).computeStep!({ expression: '1 +', timeoutMs: -1, retries: 1.5 }).computeStep!({
      expression: '$nope',
    });
  const problems = [
    expect.stringContaining('/steps/0/timeout_ms: '),
    expect.stringContaining('/steps/0/retries: '),
    expect.stringContaining(`/steps/0/expression: Character 3: ${END}`),
    expect.stringContaining('/steps/1/expression: Nothing defines $nope.'),
  ] as string[];
  expect(problemsOf(misuse({})).toSorted()).toEqual(problems.toSorted(byText));
  expect(problemsOf(misuse({ id: 'plan-nope' })).toSorted()).toEqual(
    ['/id: must be plan- and a UUID', ...problems].toSorted(byText),
  );
});

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

test('when several values are not JSON then each of them is reported', () => {
  const cycle: unknown[] = [];
  cycle.push({ again: cycle, bad: Number.NaN });
  const builder = loose('q').invokeToolStep!({
    tool: 't',
    args: { m: new Map(), b: 10n, n: Number.NaN, c: cycle, d: cycle },
  }).exit!({ timeoutMs: Number.NaN, retries: 10n, message: '{{ $nope }}' });
  const nothing = 'which JSON cannot express.';
  expect(problemsOf(builder)).toEqual([
    `/steps/0/args: It is not JSON: /m is a Map, ${nothing}`,
    `/steps/0/args: It is not JSON: /b is of type bigint, ${nothing}`,
    `/steps/0/args: It is not JSON: /n is NaN, ${nothing}`,
    '/steps/0/args: It is not JSON: /c/0/again/0/again is a cycle.',
    `/steps/0/args: It is not JSON: /c/0/again/0/bad is NaN, ${nothing}`,
    `/steps/0/args: It is not JSON: /c/0/bad is NaN, ${nothing}`,
    expect.stringContaining('/d/0/again'),
    expect.stringContaining('/d/0/again'),
    `/steps/0/args: It is not JSON: /d/0/bad is NaN, ${nothing}`,
    `/steps/1/timeout_ms: It is not JSON: /steps/1/timeout_ms is NaN, ${nothing}`,
    `/steps/1/retries: It is not JSON: /steps/1/retries is of type bigint, ${nothing}`,
    expect.stringContaining('/steps/1/message: Nothing defines $nope.'),
  ]);
});

test.each<[what: string, builder: Loose, problems: string[]]>([
  [
    'a builder as a plan',
    loose('q').addSubPlan!({ plan: loose('inner').exit!(), inputs: { a: 1 } }),
    ['/steps/0/plan: The plan is a builder that was not built. Give what its build() returns.'],
  ],
  [
    'a part of a plan',
    loose('q').addSubPlan!({ plan: { steps: [] }, inputs: { a: 1 } }),
    [
      '/steps/0/plan/plan_context: plan_context is missing; must be an object',
      expect.stringContaining('/steps/0/inputs/a: The plan of this step has no input a.') as string,
      '/steps/0/plan/steps: The plan has no steps. Add at least one step.',
    ],
  ],
  [
    'no options',
    loose('q').llmStep!(undefined),
    ['/steps/0: llmStep() takes an object of options, not undefined.', expect.stringContaining('/task') as string],
  ],
  [
    'no loop',
    loose('q').loop!(undefined).exit!().endLoop!(),
    [
      '/steps/0: loop() takes an object of options, not undefined.',
      expect.stringContaining('/steps/0: A loop has one of over') as string,
    ],
  ],
  ['no name', loose('q').input!(undefined).exit!(), ['/plan_inputs/0/name: A name is a text, not undefined.']],
  [
    'no final output',
    loose('q').exit!().finalOutput!(undefined),
    ['(whole document): finalOutput() takes an object of options, not undefined.'],
  ],
  [
    'a text as arguments, and no expression',
    loose('q').invokeToolStep!({ tool: 't', args: 'x' }).computeStep!({}),
    [
      '/steps/0/args: Values are given by name, in an object, not string.',
      '/steps/1/expression: An expression is a text or a reference, not undefined.',
    ],
  ],
])('when JavaScript gives %s then build() says so', (_what, builder, problems) => {
  expect(problemsOf(builder)).toEqual(problems);
});

describe('when JavaScript gives anything in any place then only build() throws, and only problems', () => {
  const OPTIONS: Record<string, string[]> = {
    llmStep: ['task', 'inputs', 'outputSchema', 'model', 'systemPrompt', 'stepName', 'output', 'when', 'condition'],
    invokeToolStep: ['tool', 'args', 'output', 'stepName', 'timeoutMs', 'retries'],
    computeStep: ['expression', 'output', 'outputSchema'],
    singleToolAgentStep: ['task', 'tool', 'inputs', 'agent', 'writes'],
    reactAgentStep: ['task', 'tools', 'maxToolCalls', 'mayAsk', 'writes', 'sends'],
    userInput: ['message', 'options', 'schema'],
    userVerify: ['message', 'output'],
    addSubPlan: ['plan', 'inputs', 'stepName'],
    exit: ['message', 'error', 'when'],
    loop: ['over', 'as', 'while', 'doWhile', 'stepName', 'maxParallel', 'maxIterations'],
    finalOutput: ['outputSchema', 'summarize'],
  };
  const VALUES = [
    undefined,
    null,
    5,
    'x',
    true,
    [],
    [null],
    {},
    { name: 5 },
    { id: 5 },
    { condition: null },
    10n,
    Symbol('x'),
  ];

  test.each(Object.entries(OPTIONS))('%s', (method, keys) => {
    for (const value of VALUES) {
      for (const given of [value, () => value, ...keys.map((key) => ({ [key]: value }))]) {
        const builder = loose('q').exit!()[method]!(given);
        expect(() => problemsOf(builder)).not.toThrow();
      }
    }
  });

  test('if_, elseIf, input and the query', () => {
    for (const value of VALUES) {
      for (const given of [value, { condition: value }]) {
        expect(() => problemsOf(loose('q').if_!(given, given).exit!().elseIf!(given).exit!().endif!())).not.toThrow();
      }
      expect(() => problemsOf(loose(value, value).input!(value, value).exit!())).not.toThrow();
      expect(() =>
        problemsOf(loose('q').input!('a', { description: value, default: value, schema: value })),
      ).not.toThrow();
    }
  });
});
