import { describe, expect, test } from 'vitest';

import { maySendPrivate, privateNames, type DataTool } from '../../../src/domain/plan/private-data.js';
import { planSchema } from '../../../src/domain/plan/plan-schema.js';
import type { Plan, ReactStep } from '../../../src/domain/plan/plan.js';
import { planWith } from '../plan-examples.js';

const tools = new Map<string, DataTool>([
  ['read_file', {}],
  ['search', { sends: true, isPublic: true }],
  ['sums', { isPublic: true }],
]);
const file = { kind: 'tool', tool_id: 'read_file', output: '$file' };
const stored = 'plan-019a0000-0000-7000-8000-000000000001';
const plans = (steps?: object[]) =>
  new Map<string, Plan>(steps === undefined ? [] : [[stored, { ...planSchema.parse(planWith(steps as never)) }]]);

const namesOf = (steps: object[], { given = [] as string[], inner = undefined as object[] | undefined } = {}) =>
  [...privateNames(planSchema.parse(planWith(steps as never)).steps, given, { tools, plans: plans(inner) })].sort();

describe('values that may hold what is the user’s own', () => {
  test.each<[string, object[], string[]]>([
    ['what a tool reads', [file], ['file']],
    ['what a public tool gives', [{ kind: 'tool', tool_id: 'search', output: '$x' }], []],
    ['what a computation takes', [file, { kind: 'compute', expression: '$file & "!"', output: '$x' }], ['file', 'x']],
    [
      'what a model makes of it',
      [file, { kind: 'llm', task: 'Sum up', inputs: [{ name: '$file' }], output: '$x' }],
      ['file', 'x'],
    ],
    [
      'what a template fills in',
      [file, { kind: 'tool', tool_id: 'sums', args: { q: '{{ $file }}' }, output: '$x' }],
      ['file', 'x'],
    ],
    ['what a person answers', [{ kind: 'user_input', message: '?', output: '$x' }], []],
    [
      'the items of a loop',
      [
        file,
        {
          kind: 'for_each',
          over: '$file',
          as: 'line',
          steps: [{ kind: 'compute', expression: '$line', output: '$y' }],
        },
      ],
      ['file', 'line', 'y'],
    ],
    [
      'what a loop hands back to a step before',
      [
        { kind: 'compute', expression: '1', output: '$a' },
        {
          kind: 'while',
          when: 'true',
          steps: [
            { kind: 'compute', expression: '$b', output: '$c' },
            { ...file, output: '$b' },
          ],
        },
      ],
      ['b', 'c'],
    ],
    ['a plan that is not known', [{ kind: 'plan', plan: stored, inputs: {}, output: '$x' }], ['x']],
  ])('when a plan has %s then %#', (_what, steps, expected) => {
    expect(namesOf(steps)).toEqual(expected);
  });

  test('when a plan inside reads then what the step leaves is private, else not', () => {
    const step = { kind: 'plan', plan: stored, inputs: {}, output: '$x' };
    expect(namesOf([step], { inner: [file] })).toEqual(['x']);
    expect(namesOf([step], { inner: [{ kind: 'compute', expression: '1', output: '$y' }] })).toEqual([]);
    expect(namesOf([step], { inner: [step, file] })).toEqual(['x']);
  });

  test('when an input is given such a value then what comes of it is private', () => {
    const steps = [{ kind: 'compute', expression: '$in', output: '$x' }];
    expect(namesOf(steps, { given: ['in'] })).toEqual(['in', 'x']);
    expect(namesOf(steps)).toEqual([]);
  });
});

test.each<[string, Partial<ReactStep>, boolean]>([
  ['can read and send', { tools: ['read_file', 'search'] }, true],
  ['only sends', { tools: ['search'] }, false],
  ['has public tools only', { tools: ['sums', 'search'] }, false],
  ['takes something private', { tools: ['sums', 'search'], inputs: [{ name: '$secret', description: '' }] }, true],
  ['is allowed to', { tools: ['read_file', 'search'], sends: 'allow' }, false],
])('when an agent %s then it may send what is private: %#', (_what, step, expected) => {
  const whole: ReactStep = { kind: 'react', task: 't', inputs: [], tools: [], output: 'x', max_tool_calls: 9, ...step };
  expect(maySendPrivate(whole, 'search', { tools, names: new Set(['secret']) })).toBe(expected);
});
