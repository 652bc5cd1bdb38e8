import { expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';

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

test('when the shape of some steps is wrong then the problems of the others are told at the same time', async () => {
  const cwd = makeProject({ 'broken.json': BROKEN });
  const { code, stdout } = await portia(['check', 'broken.json', '--json'], { cwd });
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
])('when the shape of %s is wrong then the problems of the steps are told, too', async (_what, wrong, pointer) => {
  const steps = [
    { kind: 'tool', tool_id: 'nope', args: { x: '{{ $q }}', city: '{{ $city }}' }, output: '$a' },
    { kind: 'compute', expression: '1 +', output: '$c' },
  ];
  const plan = { plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [{ name: '$city' }], steps, ...wrong };
  const cwd = makeProject({ 'broken.json': plan });
  const { code, stdout } = await portia(['check', 'broken.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => problem.pointer);
  expect({ code, errors: errors.toSorted() }).toEqual({
    code: 2,
    errors: [pointer, '/steps/0/args/x', '/steps/0/tool_id', '/steps/1/expression'].toSorted(),
  });
});

test('when the default of an input does not fit its schema then that is told', async () => {
  const plan_inputs = [
    { name: '$n', schema: { type: 'integer' }, default: 'x' },
    { name: '$m', schema: { type: 'integer' }, default: 3 },
  ];
  const steps = [{ kind: 'compute', expression: '$n + $m', output: '$sum' }];
  const cwd = makeProject({ 'sum.json': { plan_context: { query: 'q', tool_ids: [] }, plan_inputs, steps } });
  const { code, stdout } = await portia(['check', 'sum.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string; message: string }[] };
  expect(code).toBe(2);
  expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
    { pointer: '/plan_inputs/0/default', message: 'The default of $n does not fit its own schema: must be integer.' },
  ]);
});

test('when a key around the steps is misspelt then that is told, and a key of another tool is left alone', async () => {
  const plan = {
    plan_context: { query: 'q', tool_ids: [], tool_idz: [], mood: 1 },
    plan_inputs: [{ name: '$n', defualt: 3, shema: { type: 'number' }, color: 'red' }],
    output_shema: { type: 'object' },
    sumarize: true,
    extra: 1,
    steps: [{ kind: 'compute', expression: '$n', output: '$m' }],
  };
  const cwd = makeProject({ 'plan.json': plan });
  const { code, stdout } = await portia(['check', 'plan.json', '--json'], { cwd });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; pointer: string }[] };
  expect(code).toBe(2);
  expect(
    problems
      .filter(({ severity }) => severity !== 'note')
      .map(({ pointer }) => pointer)
      .toSorted(),
  ).toEqual(['/output_shema', '/plan_context/tool_idz', '/plan_inputs/0/defualt', '/plan_inputs/0/shema', '/sumarize']);
});
