import { expect, test } from 'vitest';

import {
  isUnsafeWholeNumber,
  parseKeepingDigits,
  unsafeWholeNumberIn,
} from '../../../src/domain/values/whole-numbers.js';

test.each([
  ['616581622363398142', true],
  ['-9007199254740993', true],
  [`1${'0'.repeat(400)}`, true],
  ['9007199254740991', false],
  ['10000000000000000', false],
  ['-36037422335549050', false],
  ['9007199254740993.0', true],
  ['-9007199254740993.00', true],
  ['10000000000000000.00', false],
  ['49999999999999995805696.000000', false],
  ['1234567890123456.5', false],
  ['1e30', false],
  ['007', false],
  ['0x1FFFFFFFFFFFFFFFF', true],
  ['0x100000000000000', false],
  ['0o7777777777777777777', true],
])('when a number is written %s then whether it would change is %s', (written, expected) => {
  expect(isUnsafeWholeNumber(written)).toBe(expected);
});

test('when JSON has such numbers then only they become texts', () => {
  const json =
    '{"id":616581622363398142,"text":"616581622363398142 \\" 616581622363398143","list":[-616581622363398143,1.5]}';
  const { value, first } = parseKeepingDigits(json);
  expect(first).toBe('616581622363398142');
  expect(value).toEqual({
    id: '616581622363398142',
    text: '616581622363398142 " 616581622363398143',
    list: ['-616581622363398143', 1.5],
  });
  expect(unsafeWholeNumberIn(json)).toEqual({ written: '616581622363398142', offset: 6 });
  expect(unsafeWholeNumberIn('["616581622363398142"]')).toBeUndefined();
});
