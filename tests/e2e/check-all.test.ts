import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';

const BROKEN = {
  plan_context: { query: 'q', tool_ids: [] },
  steps: [
    { kind: 'tool', tool: 'search_tool', output: '$found' },
    { kind: 'compute', expression: '$count($found', output: '$a' },
    { kind: 'tool', tool_id: 'calculater_tool', args: {}, output: '$b' },
    { kind: 'tool', tool_id: 'calculator_tool', args: { question: '{{ $found }}' }, output: '$c' },
    { kind: 'teleport', output: '$d' },
  ],
};

test('when the shape of some steps is wrong then the problems of the others are reported at the same time', async () => {
  const cwd = makeProject({ 'broken.json': BROKEN });
  const { code, stdout } = await portiaHere(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string; message: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(code).toBe(2);
  expect(errors.map(({ pointer }) => pointer)).toEqual([
    '/steps/0/tool_id',
    '/steps/1/expression',
    '/steps/2/tool_id',
    '/steps/3/args/question',
    '/steps/4/kind',
  ]);
  expect(errors[0]?.message).toBe('tool_id is missing; must be a string');
});

test.each<[what: string, wrong: object, pointer: string]>([
  ['the query', { plan_context: { query: 5, tool_ids: [] } }, '/plan_context/query'],
  ['the id', { id: 'mine' }, '/id'],
  ['an input', { plan_inputs: [{ name: '$city', description: 7 }] }, '/plan_inputs/0/description'],
  ['the context', { plan_context: undefined }, '/plan_context'],
])('when the shape of %s is wrong then the problems of the steps are reported, too', async (_what, wrong, pointer) => {
  const steps = [
    { kind: 'tool', tool_id: 'nope', args: { x: '{{ $q }}', city: '{{ $city }}' }, output: '$a' },
    { kind: 'compute', expression: '1 +', output: '$c' },
  ];
  const plan = { plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [{ name: '$city' }], steps, ...wrong };
  const cwd = makeProject({ 'broken.json': plan });
  const { code, stdout } = await portiaHere(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => problem.pointer);
  expect({ code, errors: errors.toSorted() }).toEqual({
    code: 2,
    errors: [pointer, '/steps/0/args/x', '/steps/0/tool_id', '/steps/1/expression'].toSorted(),
  });
});

test.each<[what: string, output: unknown, errors: string[]]>([
  ['a list of one name', ['$total'], ['/steps/1/output']],
  ['a number', 5, ['/steps/1/output', '/steps/2/expression']],
])('when an output is %s then no name is printed that its author did not write', async (_what, output, pointers) => {
  const steps = [
    { kind: 'compute', expression: '1', output: '$a' },
    { kind: 'compute', expression: '2', output },
    { kind: 'compute', expression: '$total + $a', output: '$b' },
  ];
  const cwd = makeProject({ 'broken.json': { plan_context: { query: 'q' }, steps } });
  const { code, stdout } = await portiaHere(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { pointer: string; fix: string }[] };
  expect({ code, pointers: problems.map(({ pointer }) => pointer) }).toEqual({ code: 2, pointers });
  expect(problems[1]?.fix ?? 'The names here: $a.').toContain('The names here: $a.');
});

test('when a schema has a misspelt keyword then a warning names the one that was meant', async () => {
  const steps = [{ kind: 'user_input', message: 'Age?', schema: { type: 'integer', minimun: 0 }, output: '$age' }];
  const cwd = makeProject({ 'age.json': { plan_context: { query: 'q', tool_ids: [] }, steps } });
  const { code, stdout } = await portiaHere(['check', 'age.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: object[] };
  expect(code).toBe(0);
  expect(problems).toContainEqual(
    expect.objectContaining({ severity: 'warning', pointer: '/steps/0/schema', fix: 'Did you mean minimum?' }),
  );
});

test('when the default of an input does not fit its schema then that is reported', async () => {
  const plan_inputs = [
    { name: '$n', schema: { type: 'integer' }, default: 'x' },
    { name: '$m', schema: { type: 'integer' }, default: 3 },
  ];
  const steps = [{ kind: 'compute', expression: '$n + $m', output: '$sum' }];
  const cwd = makeProject({ 'sum.json': { plan_context: { query: 'q', tool_ids: [] }, plan_inputs, steps } });
  const { code, stdout } = await portiaHere(['check', 'sum.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string; message: string }[] };
  expect(code).toBe(2);
  expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
    { pointer: '/plan_inputs/0/default', message: 'The default of $n does not fit its own schema: must be integer.' },
  ]);
});

test('when a key around the steps is misspelt then that is reported, and a key of another tool is left alone', async () => {
  const plan = {
    plan_context: { query: 'q', tool_ids: [], tool_idz: [], mood: 1 },
    plan_inputs: [{ name: '$n', defualt: 3, shema: { type: 'number' }, color: 'red' }],
    output_shema: { type: 'object' },
    sumarize: true,
    extra: 1,
    steps: [{ kind: 'compute', expression: '$n', output: '$m' }],
  };
  const cwd = makeProject({ 'plan.json': plan });
  const { code, stdout } = await portiaHere(['check', 'plan.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string }[] };
  expect(code).toBe(2);
  expect(
    problems
      .filter(({ severity }) => severity !== 'note')
      .map(({ pointer }) => pointer)
      .toSorted(),
  ).toEqual(['/output_shema', '/plan_context/tool_idz', '/plan_inputs/0/defualt', '/plan_inputs/0/shema', '/sumarize']);
});

/** Rule and pointer of each error of the plan, in the order of their pointers. */
async function errorsOf(steps: unknown[], more: object = {}): Promise<string[]> {
  const cwd = makeProject({ 'broken.json': { plan_context: { query: 'q', tool_ids: [] }, steps, ...more } });
  const { stdout } = await portiaHere(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; rule: string; pointer: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error');
  return errors.map(({ rule, pointer }) => `${rule} ${pointer}`).toSorted();
}

test('when one key of a step has a wrong shape then all other problems of the step are reported, too', async () => {
  const steps = [
    { kind: 'tool', tool_id: 'nope', args: { a: '{{ 1 + }}' }, output: '$q', retries: 'x' },
    { kind: 'compute', expression: '1 +', output: '$w', timeout_ms: -1, expresion: '2' },
    { kind: 'compute', expression: 5, when: '$nothing', output: '$q' },
  ];
  expect(await errorsOf(steps)).toEqual([
    'expression /steps/0/args/a',
    'expression /steps/1/expression',
    'shape /steps/0/retries',
    'shape /steps/1/timeout_ms',
    'shape /steps/2/expression',
    'unknown-key /steps/1/expresion',
    'unknown-reference /steps/2/when',
    'unknown-tool /steps/0/tool_id',
  ]);
});

test('when a step within blocks has a wrong shape then the steps around it are judged', async () => {
  const inner = [
    { kind: 'compute', expression: '$person & $made', output: '$a', retries: 'x' },
    5,
    { kind: 'tool', tool_id: 'nope', output: '$b' },
    { kind: 'teleport', branches: [{ steps: [{ output: '$deep' }] }] },
    { kind: 'exit', message: '{{ $deep }} {{ $nothing }}' },
  ];
  const branches = [
    { when: 7, steps: inner },
    { when: 'true', steps: [] },
  ];
  const steps = [
    { kind: 'compute', expression: '1', output: '$made', retries: 1.5 },
    { kind: 'for_each', over: '[1]', as: 'person', max_parallel: 0, steps: [{ kind: 'if', branches }] },
  ];
  const at = '/steps/1/steps/0/branches';
  expect(await errorsOf(steps)).toEqual(
    [
      'shape /steps/0/retries',
      'shape /steps/1/max_parallel',
      `shape ${at}/0/when`,
      `shape ${at}/0/steps/0/retries`,
      `shape ${at}/0/steps/1`,
      `unknown-tool ${at}/0/steps/2/tool_id`,
      `shape ${at}/0/steps/3/kind`,
      `unknown-reference ${at}/0/steps/4/message`,
      `shape ${at}/1/steps`,
    ].toSorted(),
  );
});

test('when a part of a wrong shape is left out then nothing else is blamed for it', async () => {
  const steps = [
    { kind: 'llm', task: 'x', output_schema: 5, output: '$made' },
    { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $made }} {{ $city }}' }, output: '$a' },
    { kind: 'for_each', over: 5, steps: [{ kind: 'exit', message: '{{ $item }}', when: '$item > 1' }] },
    { kind: 'teleport', output: '$gone', when: '$a' },
    {
      kind: 'while',
      when: 'true',
      max_iterations: 0,
      steps: [{ kind: 'compute', expression: '$gone + 1', output: 7 }],
    },
    { kind: 'compute', expression: '$made.x + $gone', output: '$same', when: 1 },
    { kind: 'compute', expression: '2', output: '$same', when: 2 },
    {
      kind: 'plan',
      plan: { plan_inputs: [{ name: 'n', description: 1 }, 'm'], steps: 5 },
      inputs: { n: 1 },
      output: '$p',
    },
  ];
  const errors = await errorsOf(steps, { plan_inputs: { city: {} } });
  expect(errors.filter((error) => !error.startsWith('shape '))).toEqual([]);
  expect(errors).toHaveLength(13);
});

test('when the kind of a step is misspelt then its other keys are judged as of the kind that was meant', async () => {
  const steps = [
    { kind: 'comput', expression: '1 +', ouput: '$a', retries: 'x' },
    { kind: 'agent', task: '{{ $a }} {{ $b }}', output: '$c' },
  ];
  expect(await errorsOf(steps)).toEqual([
    'expression /steps/0/expression',
    'shape /steps/0/kind',
    'shape /steps/0/output',
    'shape /steps/0/retries',
    'shape /steps/1/kind',
    'unknown-key /steps/0/ouput',
    'unknown-reference /steps/1/task',
  ]);
});

test('when a plan gets the language wrong then every problem says what to do', async () => {
  const steps = [
    { kind: 'compute', expression: "$a = 'x", output: '$a', retries: 'x' },
    { kind: 'for_each', over: '$a', as: 'i', steps: [{ kind: 'exit', message: '{{ $no', when: 'a{{ $i }}' }] },
    { kind: 'llm', task: '{{ $nope }}', inputs: ['$a'], output: '$b' },
    { kind: 'plan', plan: 5, inputs: 'x', output: '$c' },
    { kind: 'teleport' },
    { kind: 'compute', expression: '{{ $a }}', output: '$d' },
  ];
  const cwd = makeProject({ 'broken.json': { plan_context: { query: 'q', tool_ids: [] }, steps } });
  const { stdout } = await portiaHere(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string; fix?: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(Object.fromEntries(errors.map(({ pointer, fix }) => [pointer, fix]))).toEqual({
    '/steps/0/expression': String.raw`Try it out: portia eval '$a = '\''x'`,
    '/steps/0/retries': 'Write, for example: "retries": 2',
    '/steps/1/steps/0/message':
      'Try what is between {{ and }} with portia eval. Two braces that are text are written {{{{.',
    '/steps/1/steps/0/when': 'This is an expression, without {{ and }}: join texts with &, as in "a" & $b.',
    '/steps/2/inputs/0': 'Write, for example: { "name": "$city", "description": "Where" }',
    '/steps/2/task': 'Use an output of an earlier step, or declare it under plan_inputs. The names here: $a.',
    '/steps/3/inputs': 'Write, for example: "inputs": { "city": "{{ $city }}" }',
    '/steps/3/plan': 'portia schema plan',
    '/steps/4/kind': 'Leave kind out for a model with one tool. All kinds and their keys: portia schema plan',
    '/steps/5/expression': 'This is an expression without braces: "$a"',
  });
});
