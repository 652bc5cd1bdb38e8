import { expect, test } from 'vitest';

import { adviceText } from '../../../src/domain/next-step.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { Step } from '../../../src/domain/plan/plan.js';

function fixesOf(steps: Step[]): string[] {
  return checkPlan({ plan_inputs: [], steps })
    .filter(({ rule }) => rule === 'unknown-reference')
    .map(({ fix }) => adviceText(fix ?? ''));
}

const compute = (expression: string, output: string): Step => ({ kind: 'compute', expression, output });

test('when nothing defines a name then the names of its place are reported, the innermost first', () => {
  const steps: Step[] = [
    compute('1', '$made'),
    { kind: 'for_each', over: '[1]', as: 'item', steps: [compute('$nope', 'inner')] },
    compute('2', '$later'),
  ];
  expect(fixesOf(steps)).toEqual([
    'Use an output of an earlier step, or declare it under plan_inputs. The names here: $item, $made.',
  ]);
});

test('when there are many names then only some are reported', () => {
  const made = Array.from({ length: 11 }, (_none, index) => compute('1', `$n${index}`));
  expect(fixesOf([...made, compute('$nope', '$last')])).toEqual([
    expect.stringMatching(/Some of the names here: \$n0, .*\$n9\.$/),
  ]);
});
