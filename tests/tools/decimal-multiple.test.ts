import { expect, test } from 'vitest';

import { isMultipleOf } from '../../src/tools/decimal-multiple.js';

test.each([
  [0.07, 0.01],
  [19.99, 0.01],
  [-1.12, 0.01],
  [6, 3],
  [0, 0.3],
  [1e300, 1e-300],
  [1e21, 0.5],
  [4.5, 1.5],
])('when %d is written as a multiple of %d, then it is one', (value, divisor) => {
  expect(isMultipleOf(value, divisor)).toBe(true);
});

test.each([
  [0.075, 0.01],
  [7, 3],
  [1, 0.3],
  [1e-300, 1e300],
  [1e300, 7],
])('when %d is not a multiple of %d, then it is not one', (value, divisor) => {
  expect(isMultipleOf(value, divisor)).toBe(false);
});
