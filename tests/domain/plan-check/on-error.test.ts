import { expect, test } from 'vitest';

import type { Problem } from '../../../src/domain/errors.js';
import type { Json } from '../../../src/domain/values/json.js';
import { withShapeFix } from '../../../src/domain/plan-check/shape/shape-fixes.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { compute, planWith } from '../plan-examples.js';

function said(steps: Json[]): string[] {
  return checkPlan(planWith(steps, []), { tools: new Map() }).map(
    ({ severity, rule, pointer }) => `${severity} ${rule} ${pointer}`,
  );
}

const risky = (onError: Json[], more: { [key: string]: Json } = {}) =>
  compute('1', '$x', { on_error: onError, ...more });
const each = (more: { [key: string]: Json }) => ({
  kind: 'for_each',
  over: '[1]',
  as: 'i',
  steps: [compute('$i', '$x')],
  output: '$all',
  on_error: 'continue',
  ...more,
});

test.each<[string, Json[], string[]]>([
  ['what is done leaves the same output', [risky([compute('2', '$x')]), compute('$x', '$y')], []],
  [
    'what is done leaves none, and it is needed',
    [risky([compute('2', '$z')]), compute('[$x, $exists($z)]', '$y')],
    ['warning lost-on-error /steps/1/expression'],
  ],
  [
    'what is done leaves none, and it is an input of a model',
    [risky([compute('2', '$z')]), { kind: 'llm', task: 'Say', inputs: [{ name: 'x' }, { name: 'z' }], output: '$y' }],
    ['warning lost-on-error /steps/1/inputs/0/name'],
  ],
  ['it is asked for first', [risky([compute('2', '$z')]), compute('$exists($x) ? $x : $z', '$y')], []],
  ['the run ends after the failure', [risky([{ kind: 'exit', message: 'no' }]), compute('$x', '$y')], []],
  [
    'what is done uses what the step would have left',
    [risky([compute('$x', '$z')]), compute('$exists($x) ? 1 : $z', '$y')],
    ['error used-too-early /steps/0/on_error/0/expression'],
  ],
  ['what is done uses the failure', [risky([compute('$failure.message', '$x')]), compute('$x', '$y')], []],
  [
    'the failure is used where there is none',
    [risky([compute('2', '$x')]), compute('[$x, $failure]', '$y')],
    ['error unknown-reference /steps/1/expression'],
  ],
  ['a loop that continues is followed by its failures', [each({}), compute('[$all, $failures.item]', '$y')], []],
  ['a loop that continues collects its failures', [each({ collect: '$exists($failure) ? 0 : $x' })], []],
  [
    'a loop that ends has no failures',
    [each({ on_error: [compute('[]', '$all')] }), compute('[$all, $failures]', '$y')],
    ['error unknown-reference /steps/1/expression'],
  ],
  [
    'the key is misspelt',
    [compute('1', '$x', { on_eror: [] }), compute('$x', '$y')],
    ['error unknown-key /steps/0/on_eror'],
  ],
])('when %s then check says %j', (_name, steps, problems) => {
  expect(said(steps)).toEqual(problems);
});

test.each([
  ['a step', 'must be an array, not string', 'Only for_each has "continue"; else write what is done instead'],
  ['a loop', 'must be one of: continue', 'Else write "continue", or what is done instead'],
])(
  'when %s has a word that it does not take then it is said how it ends the run, and what else there is',
  (_, message, others) => {
    const wrong: Problem = { severity: 'error', rule: 'shape', message, pointer: '/steps/0/on_error' };
    const fix = String(withShapeFix(wrong).fix);
    expect(fix).toMatch(/^To end the run when the step fails, leave on_error out\. /);
    expect(fix).toContain(others);
  },
);
