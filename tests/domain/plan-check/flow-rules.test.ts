import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { compute, planWith } from '../plan-examples.js';

type Steps = { [key: string]: Json }[];

const exit = { kind: 'exit', message: 'm' };
const last = compute('1', 'z');
const branch = (when: string, steps: Steps) => ({ when, steps });
const loop = (kind: string, when: string, steps: Steps) => ({ kind, when, steps, max_iterations: 2 });

function found(rule: string, steps: Steps): string[] {
  return checkPlan(planWith(steps)).flatMap((problem) => (problem.rule === rule ? [problem.pointer] : []));
}

describe('what no run reaches', () => {
  test.each<[string, Steps, string[]]>([
    ['a step has a false when', [compute('1', 'a', { when: ' (false) ' }), last], ['/steps/0/when']],
    ['a step has a true when', [compute('1', 'a', { when: 'true' }), last], []],
    ['a condition would have to be computed', [compute('1', 'a', { when: '1 = 2' }), last], []],
    ['steps stand behind an exit', [exit, last, last], ['/steps/1']],
    ['the exit has a condition', [{ ...exit, when: '1 = 2' }, { ...exit, condition: 'x' }, last], []],
    ['the exit has a true when', [{ ...exit, when: 'true' }, last], ['/steps/1']],
    ['the exit never happens', [{ ...exit, when: 'false' }, last], ['/steps/0/when']],
    [
      'the exit is in a branch',
      [{ kind: 'if', branches: [branch('1 = 2', [exit, last])] }, last],
      ['/steps/0/branches/0/steps/1'],
    ],
    ['every branch exits', [{ kind: 'if', branches: [branch('1 = 2', [exit])], else: [exit] }, last], ['/steps/1']],
    [
      'one branch does not',
      [{ kind: 'if', branches: [branch('1 = 2', [last]), branch('1 = 3', [exit])], else: [exit] }, last],
      [],
    ],
    ['there is no else', [{ kind: 'if', branches: [branch('1 = 2', [exit])] }, last], []],
    ['the branch that is always taken exits', [{ kind: 'if', branches: [branch('true', [exit])] }, last], ['/steps/1']],
    ['the whole if has a condition', [{ kind: 'if', when: '1 = 2', branches: [branch('true', [exit])] }, last], []],
    ['a branch is never taken', [{ kind: 'if', branches: [branch('false', [last])] }], ['/steps/0/branches/0/when']],
    [
      'a branch before it is always taken',
      [
        {
          kind: 'if',
          branches: [branch('1 = 2', [last]), branch('true', [last]), branch('1 = 3', [last])],
          else: [last],
        },
      ],
      ['/steps/0/branches/2', '/steps/0/else'],
    ],
    ['a loop never begins', [loop('while', 'false', [last])], ['/steps/0/when']],
    ['a loop has one round', [loop('do_while', 'false', [last])], []],
    ['a round surely exits', [loop('do_while', '1 = 2', [exit]), last], ['/steps/1']],
    [
      'a round may never come',
      [loop('while', '1 = 2', [exit]), { kind: 'for_each', over: [1], as: 'i', steps: [exit] }, last],
      [],
    ],
    ['a round that surely comes exits', [loop('while', 'true', [exit]), last], ['/steps/1']],
  ])('when %s then the first place is reported', (_what, steps, expected) => {
    expect(found('unreachable', steps)).toEqual(expected);
  });
});

describe('loops', () => {
  test('when nothing but its condition bounds one then that is reported, with the flag that does', () => {
    const inner = { kind: 'do_while', when: '1 = 2', steps: [last] };
    const steps = [
      { kind: 'while', when: '1 = 1', steps: [inner] },
      { kind: 'for_each', over: [1], as: 'i', steps: [last] },
    ];
    expect(found('unbounded-loop', steps)).toEqual(['/steps/0', '/steps/0/steps/0']);
    const [problem] = checkPlan(planWith(steps)).filter(({ rule }) => rule === 'unbounded-loop');
    expect(problem).toMatchObject({ severity: 'warning', fix: expect.stringMatching(/max_iterations.*--max-steps/) });
    expect(found('unbounded-loop', [loop('while', '1 = 1', [last])])).toEqual([]);
  });
});

describe('outputs of loops', () => {
  test('when nothing uses one then it is reported, unless the round ends with it or the next one counts on', () => {
    const each = (steps: Steps) => ({ kind: 'for_each', over: [1], as: 'i', steps });
    expect(found('unused', [each([compute('1', 'a'), compute('2', 'b')])])).toEqual(['/steps/0/steps/0/output']);
    expect(found('unused', [each([compute('1', 'a'), compute('$a', 'b')])])).toEqual([]);
    const counting = [compute('1', 'n'), loop('while', '$n < 3', [compute('$n + 1', 'n'), compute('1', 'b')])];
    expect(found('unused', counting)).toEqual([]);
  });
});

test('when a no continues and its step leaves nothing then it is reported that the no changes nothing', () => {
  const verify = { kind: 'user_verify', message: 'Send it?' };
  expect(found('unused-answer', [{ ...verify, on_no: 'continue' }, last])).toEqual(['/steps/0/on_no']);
  expect(found('unused-answer', [verify, { ...verify, on_no: 'continue', output: '$ok' }, last])).toEqual([]);
});
