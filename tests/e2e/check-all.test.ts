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
