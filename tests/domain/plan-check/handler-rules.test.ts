import { expect, test } from 'vitest';

import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { planWith } from '../plan-examples.js';

const handler = [{ kind: 'compute', expression: '1', output: 'one' }];

const found = (step: object) =>
  checkPlan(planWith([{ ...step, on_error: handler }])).filter(({ rule }) => rule === 'unused-on-error');

test.each([
  ['exit', { kind: 'exit', message: 'The end.' }, 'this step only ends the run'],
  ['user_verify', { kind: 'user_verify', message: 'Shall I?' }, 'a no is not a failure'],
])('when on_error is set on %s, which cannot fail, then a warning says so', (_kind, step, why) => {
  expect(found(step)).toEqual([
    expect.objectContaining({
      severity: 'warning',
      message: expect.stringContaining(why),
      pointer: '/steps/0/on_error',
      fix: expect.stringContaining('Remove on_error'),
    }),
  ]);
});

test.each([
  ['a template', { kind: 'exit', message: 'The end of {{ $number("x") }}.' }],
  ['a condition', { kind: 'user_verify', message: 'Shall I?', when: '1 = 1' }],
  ['a sentence as condition', { kind: 'exit', message: 'The end.', condition: 'if it rains' }],
  ['work', { kind: 'compute', expression: '1', output: 'two' }],
])('when the step has %s, which can fail, then nothing is said', (_what, step) => {
  expect(found(step)).toEqual([]);
});
