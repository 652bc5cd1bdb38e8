import { describe, expect, test } from 'vitest';

import { nearestSteps, stepsMeant } from '../../src/domain/run/step-reference.js';
import { planOf } from '../support/view-examples.js';

const compute = (output: string, fields = {}) => ({ kind: 'compute', expression: '1', output, ...fields });
const { steps } = planOf([
  {
    kind: 'for_each',
    over: '$rows',
    as: 'row',
    output: '$all',
    steps: [compute('$a'), compute('$b', { name: 'Tax' })],
  },
  { kind: 'if', branches: [{ when: 'true', steps: [compute('$c')] }], else: [compute('$d')] },
  compute('$total', { name: '2nd look' }),
]);
const records = ['0', '0[0].steps.0', '0[0].steps.1', '0[1].steps.0', '1', '1.branches.0.steps.0'].map((path) => ({
  path,
}));

function meant(text: string, paths = records.map(({ path }) => path)): string[] {
  return paths.filter(stepsMeant(text, { steps, records }));
}

describe('the steps that are meant', () => {
  test.each([
    ['1', ['1', '1.branches.0.steps.0']],
    ['0[0]', ['0[0].steps.0', '0[0].steps.1']],
    ['0[1].steps.0', ['0[1].steps.0']],
    ['$a', ['0[0].steps.0', '0[1].steps.0']],
    ['a', ['0[0].steps.0', '0[1].steps.0']],
    ['Tax', ['0[0].steps.1']],
    ['all', ['0', '0[0].steps.0', '0[0].steps.1', '0[1].steps.0']],
    ['0[', []],
    ['', []],
  ])('when %j is typed then they are %j', (text, wanted) => {
    expect(meant(text)).toEqual(wanted);
  });

  test('when a name begins with a digit then it is a name all the same', () => {
    expect(meant('2nd look', ['2'])).toEqual(['2']);
  });

  test('when the plan is gone then the records know the names of the outputs', () => {
    const known = { steps: [], records: [{ path: '4[2].steps.0', output_name: '$x' }] };
    expect(['4[0].steps.0', '4'].map(stepsMeant('x', known))).toEqual([true, false]);
  });
});

describe('what leads to no step', () => {
  test.each([
    ['0[7]', 'Step 0 had 2 rounds: 0[0] to 0[1].', '0[1]'],
    ['0[7].steps.0', 'Step 0 had 2 rounds: 0[0] to 0[1].', '0[1]'],
    ['1[2].2', 'A path counts from 0, with the round in brackets: 2, 4[37].steps.0.', '1'],
    ['1[2].1', 'Numbers in pictures count from 1; what they call 1[2].1 has the path 0[1].steps.0.', '0[1].steps.0'],
    [
      '2.1.1',
      'Numbers in pictures count from 1; what they call 2.1.1 has the path 1.branches.0.steps.0.',
      '1.branches.0.steps.0',
    ],
    ['2', 'It was not begun.', undefined],
    ['1.else.0', 'It was not begun.', '1'],
    ['9', 'A path counts from 0, with the round in brackets: 2, 4[37].steps.0.', '1'],
    ['$totel', 'The names of its steps and their outputs: $all, $a, Tax, $b, $c, $d, 2nd look, $total.', '$total'],
    ['tex', 'The names of its steps and their outputs: $all, $a, Tax, $b, $c, $d, 2nd look, $total.', 'Tax'],
    ['total', 'It was not begun.', undefined],
  ])('when it is %j then the reason and the nearest are said', (text, why, near) => {
    expect(nearestSteps(text, { steps, records })).toEqual({ why, ...(near !== undefined && { near }) });
  });
});
