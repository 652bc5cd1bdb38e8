import { expect, test } from 'vitest';

import { judge } from '../../../src/domain/testing/judge.js';
import type { Observed } from '../../../src/domain/testing/observed.js';
import type { Expectation } from '../../../src/domain/testing/test-file-schema.js';

const call = (tool: string, args = {}, step = '0') => ({ tool, args, step });
const observed: Observed = {
  exitCode: 0,
  outputs: new Map(),
  calls: [
    call('read'),
    call('send', { to: 'ada', text: { size: 1, word: 'x' } }, '2'),
    call('send', { to: 'bob' }, '3'),
  ],
  skipped: ['4', '4.1'],
  asks: [],
  usage: { calls: 0, input_tokens: 0, output_tokens: 0 },
  contentOf: () => undefined,
  that: new Map(),
};
const isMet = (expected: Expectation) => judge(expected, observed, (glob, id) => glob === id).length === 0;

test.each<[boolean, 'same' | 'any' | 'within', NonNullable<Expectation['calls']>['list']]>([
  [true, 'same', ['read', 'send', 'send']],
  [false, 'same', ['send', 'read', 'send']],
  [false, 'same', ['read', 'send']],
  [true, 'any', ['send', 'send', 'read']],
  [true, 'any', ['send', { tool: 'send', args: { to: 'ada' } }, 'read']],
  [false, 'any', ['send', 'read']],
  [true, 'within', ['read', { tool: 'send', step: 3 }]],
  [true, 'within', [{ tool: 'send', args: { text: { size: 1 } } }]],
  [false, 'within', ['send', 'read']],
  [false, 'within', [{ tool: 'send', args: { text: { size: 2 } } }]],
])('when it is %s that calls are in the order %s as listed, then that is said', (met, order, list) => {
  expect(isMet({ calls: { order, list } })).toBe(met);
});

test('when a step is skipped with those inside it then only that one need be named', () => {
  expect(isMet({ skipped: [4] })).toBe(true);
  expect(isMet({ skipped: ['4', '4.1'] })).toBe(true);
  expect(isMet({ skipped: [3, 4] })).toBe(false);
  expect(isMet({ skipped: [] })).toBe(false);
});
