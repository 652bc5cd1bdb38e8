import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { completePlan } from '../../../src/domain/plan/complete-plan.js';
import type { Json } from '../../../src/domain/values/json.js';
import { diffPlans, type PlanChange } from '../../../src/domain/plan/plan-diff.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

type Steps = { [key: string]: Json }[];

/** The difference as words: `moved 2 was 0`, `changed 1 /expression`. */
function told(before: Steps, after: Steps): string[] {
  return diffPlans(planWith(before), planWith(after)).map(inWords);
}

function inWords(change: PlanChange): string {
  if (change.part !== 'step') return `${change.change} ${change.part}`;
  if (!('old_path' in change)) return `${change.change} ${change.path}`;
  const was = change.old_path === change.path ? [] : [`was ${change.old_path}`];
  return [change.change, change.path, ...was, ...change.keys.map(({ pointer }) => pointer)].join(' ');
}

const [a, b, c] = [compute('1', '$a'), compute('2', '$b'), compute('3', '$c')];
const verify = (message: string) => ({ kind: 'user_verify', message });
const loop = (steps: Steps, more: { [key: string]: Json } = {}) => ({
  kind: 'for_each',
  over: '$list',
  as: 'item',
  steps,
  ...more,
});
const handled = (steps: Steps) => ({ kind: 'exit', message: 'x', on_error: steps });
const choice = (when: string[], steps: Steps, otherwise?: Steps) => ({
  kind: 'if',
  branches: when.map((text) => ({ when: text, steps })),
  ...(otherwise && { else: otherwise }),
});

describe('the difference of two lists of steps', () => {
  test.each<[what: string, before: Steps, after: Steps, wanted: string[]]>([
    ['nothing differs', [a, b], [a, b], []],
    ['a step is added', [a, c], [a, b, c], ['added 1']],
    ['a step is removed', [a, b, c], [a, c], ['removed 1']],
    ['the first is removed', [a, b], [b], ['removed 0']],
    ['a step is changed', [a, b], [a, compute('20', '$b')], ['changed 1 /expression']],
    ['x and $x are the same name', [compute('1', 'a')], [a], ['changed 0 /output']],
    ['an output gets another name', [a, b], [a, compute('2', '$z')], ['changed 1 /output']],
    ['a step moves', [a, b, c], [b, c, a], ['moved 2 was 0']],
    ['a step moves and changes', [a, b, c], [b, c, compute('9', '$a')], ['moved 2 was 0 /expression']],
    ['two change places', [a, b], [b, a], ['moved 0 was 1']],
    [
      'a step gets another kind',
      [a],
      [{ kind: 'llm', task: 'x', output: '$a' }],
      ['changed 0 /kind /expression /task /inputs'],
    ],
    ['nothing is alike', [a], [b], ['removed 0', 'added 0']],
    ['a step without an output is reworded', [verify('x?'), a], [verify('y?'), a], ['changed 0 /message']],
    ['of two alike one is removed', [verify('x?'), a, verify('x?')], [a, verify('x?')], ['removed 0']],
    [
      'an input is described differently',
      [{ task: 'x', inputs: [{ name: '$a' }, { name: '$b' }], output: '$o' }],
      [{ task: 'x', inputs: [{ name: '$a' }, { name: '$b', description: 'B' }], output: '$o' }],
      ['changed 0 /inputs/1/description'],
    ],
    ['no condition is spelled in two ways', [{ ...a, condition: null }], [a], []],
  ])('when %s then it is reported', (_what, before, after, wanted) => {
    expect(told(before, after)).toEqual(wanted);
  });

  test.each<[what: string, before: Steps, after: Steps, wanted: string[]]>([
    ['inside', [loop([a])], [loop([compute('9', '$a')])], ['changed 0.steps.0 /expression']],
    ['of the loop itself', [loop([a])], [loop([a], { over: '[1]' })], ['changed 0 /over']],
    ['deep inside', [loop([loop([a])])], [loop([loop([a, b])])], ['added 0.steps.0.steps.1']],
    ['of a whole loop', [loop([a, b])], [], ['removed 0']],
    ['of a condition', [choice(['true'], [a])], [choice(['false'], [a])], ['changed 0 /branches/0/when']],
    [
      'of a branch',
      [choice(['true'], [a])],
      [choice(['true', 'false'], [a])],
      ['changed 0 /branches/1', 'added 0.branches.1.steps.0'],
    ],
    ['of what is done instead', [handled([a])], [handled([a, b])], ['added 0.on_error.1']],
    ['of the first thing done instead', [{ kind: 'exit', message: 'x' }], [handled([a])], ['added 0.on_error.0']],
    ['of an else', [choice(['true'], [a])], [choice(['true'], [a], [b])], ['added 0.else.0']],
  ])('when it is %s then it is reported by its path', (_what, before, after, wanted) => {
    expect(told(before, after)).toEqual(wanted);
  });

  test('when a key is changed, added or removed then old and new are there', () => {
    const step = { kind: 'tool', tool_id: 't', args: { x: 1, 'a/b': 'old' }, output: '$o', retries: 2 };
    const changed = { ...step, args: { x: 1, 'a/b': 'new' }, when: 'true' };
    const { retries: _retries, ...after } = changed;
    expect(diffPlans(planWith([step]), planWith([after]))).toEqual([
      {
        change: 'changed',
        part: 'step',
        path: '0',
        old_path: '0',
        keys: [
          { pointer: '/retries', old: 2 },
          { pointer: '/args/a~1b', old: 'old', new: 'new' },
          { pointer: '/when', new: 'true' },
        ],
      },
    ]);
  });
});

describe('the difference of two plans', () => {
  test('when only ids, history and what is made from the steps differ then there is none', () => {
    const plan = planWith(Object.values(STEPS_OF_EVERY_KIND), [{ name: 'list' }]);
    const other = { ...completePlan(plan), id: 'plan-00000000-0000-0000-0000-000000000001' as const };
    expect(diffPlans(plan, other)).toEqual([]);
  });

  test('when an expression changes then what is made from it is not told beside it', () => {
    const [before, after] = [compute('$list', '$x'), compute('$count($list)', '$x')].map((step) =>
      completePlan(planWith([step], [{ name: 'list' }])),
    );
    expect(diffPlans(before ?? planWith([]), after ?? planWith([])).map(inWords)).toEqual(['changed 0 /expression']);
  });

  test('when an expression does not parse then its step is compared as it is', () => {
    expect(told([compute('1 +', '$x')], [compute('1 +', '$x', { task: 'Add' })])).toEqual(['changed 0 /task']);
  });

  test('when the request, an input or the form of the result differs then it is reported', () => {
    const before = planWith([a], [{ name: '$city', description: null }, { name: 'day' }]);
    const after = {
      ...planWith([a], [{ name: 'city', default: 'Rome' }, { name: 'hour' }]),
      plan_context: { query: 'other', tool_ids: [] },
      output_schema: { type: 'object' },
    };
    expect(diffPlans(before, after)).toEqual([
      {
        change: 'changed',
        part: 'plan',
        keys: [
          { pointer: '/plan_context/query', old: 'q', new: 'other' },
          { pointer: '/output_schema', new: { type: 'object' } },
        ],
      },
      { change: 'changed', part: 'input', name: 'city', keys: [{ pointer: '/default', new: 'Rome' }] },
      { change: 'added', part: 'input', name: 'hour', input: { name: 'hour' } },
      { change: 'removed', part: 'input', name: 'day', input: { name: 'day' } },
    ]);
  });

  test('when steps are only put into another order then exactly those that left the order have moved', () => {
    const numbers = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        numbers.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([before, after]) => {
          const steps = (list: number[]) => list.map((number) => compute(String(number), `$x${number}`));
          const changes = diffPlans(planWith(steps(before)), planWith(steps(after)));
          expect(changes.every(({ change }) => change === 'moved')).toBe(true);
          const moved = new Set(changes.map((change) => (change.part === 'step' ? change.path : '')));
          const still = after.filter((_number, place) => !moved.has(String(place)));
          expect(still).toEqual(before.filter((number) => still.includes(number)));
        },
      ),
    );
  });
});
