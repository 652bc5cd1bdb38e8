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
