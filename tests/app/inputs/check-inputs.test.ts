import { describe, expect, test } from 'vitest';

import { checkInputs, inputsError, type ValidateValue } from '../../../src/app/inputs/check-inputs.js';
import type { Json } from '../../../src/domain/values/json.js';

/** Knows one schema: {"type": "number"}. */
const validate: ValidateValue = (schema, value) => {
  expect(schema).toEqual({ type: 'number' });
  return typeof value === 'number' ? [] : ['must be a number'];
};

const CITY = { name: '$city', description: 'Where' };
const UNIT = { name: 'unit', default: 'C' };
const COUNT = { name: 'count', schema: { type: 'number' } };

describe('checkInputs', () => {
  test('when all is given then values are named as the plan names them, with defaults', () => {
    const checked = checkInputs([CITY, UNIT, COUNT], { city: 'London', count: 3 }, validate);
    expect(checked).toEqual({ values: { $city: 'London', unit: 'C', count: 3 }, missing: [], problems: [] });
    expect(inputsError(checked)).toBeUndefined();
  });

  test.each<[Json]>([[null], [false], [''], [0]])('when %j is given then it beats the default', (value) => {
    expect(checkInputs([UNIT], { unit: value }, validate).values).toEqual({ unit: value });
    expect(checkInputs([{ ...UNIT, default: value }], {}, validate)).toMatchObject({
      values: { unit: value },
      missing: [],
    });
  });

  test('when inputs are missing then the error names the exact flags', () => {
    const error = inputsError(checkInputs([CITY, UNIT, COUNT, { name: 'two words' }], {}, validate));
    expect(error).toMatchObject({
      code: 'missing-input',
      message: 'The plan needs 3 inputs that are not given: city, count, two words.',
      details: { why: 'city: Where\ncount\ntwo words', fix: "-i city=… -i count:=… -i 'two words='…" },
    });
  });

  test('when a text should have been JSON then the error has the exact flag', () => {
    const error = inputsError(checkInputs([COUNT], { count: '3' }, validate));
    expect(error).toMatchObject({
      code: 'invalid-input',
      details: { why: 'count: must be a number', fix: '-i count:=3', pointer: '/count' },
    });
  });

  test('when a text is a number of too many digits then the fix is not a flag that would be refused', () => {
    const { why, fix } = inputsError(checkInputs([COUNT], { count: '9007199254740993' }, validate))?.details ?? {};
    expect(why).toBe('count: must be a number, and 9007199254740993 has more digits than a number can keep');
    expect(fix).toBe('Give a smaller number, or let the plan take count as a text ("type": "string").');
  });

  test.each(['three', '{"a"', 'null'])(
    'when the text %j would not help as JSON then the fix leaves the value open',
    (value) => {
      expect(inputsError(checkInputs([COUNT], { count: value }, validate))?.details.fix).toBe('-i count:=…');
    },
  );

  test.each([
    [{ citty: 'x' }, 'did you mean city?'],
    [{ zebra: 'x' }, 'it takes city'],
    [{ constructor: 'x' }, 'it takes city'],
  ])('when %j is given and unknown then it is refused', (given, message) => {
    const checked = checkInputs([{ ...CITY, default: 'London' }], given, validate);
    expect(checked.problems).toMatchObject([{ severity: 'error', rule: 'unknown-input' }]);
    expect(checked.problems[0]?.message).toContain(message);
    expect(inputsError(checked)?.details.why).toContain(message);
  });

  test('when the name of a secret is misspelt then the fix does not put the secret on the command line', () => {
    const otp = { name: '$otp', schema: { type: 'string', format: 'password' } };
    expect(inputsError(checkInputs([otp], { opt: 'x' }, validate))?.details.fix).toBe('-i otp=@FILE');
  });

  test('when an input has the name of an inherited member then it is missing like any other', () => {
    expect(checkInputs([{ name: 'constructor' }], {}, validate).missing).toHaveLength(1);
    const { values } = checkInputs([{ name: '__proto__', default: { isAdmin: true } }], {}, validate);
    expect(Object.keys(values)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  });
});
