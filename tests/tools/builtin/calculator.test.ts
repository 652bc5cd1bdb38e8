import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { calculatorTool } from '../../../src/tools/builtin/calculator.js';
import { toolContext } from '../tool-context.js';

const calculate = (question: string) =>
  calculatorTool.run(toolContext({ projectRoot: '/nowhere' }), { math_question: question });

describe('the calculator', () => {
  test.each<[string, number]>([
    // The Python SDK's vectors.
    ['what is 2 plus 3?', 5],
    ['5 and 6', 11],
    ['subtract 3 from 10', 7],
    ['divide 10 by 4', 2.5],
    ['3 x 4', 12],
    ['2 ** 3', 8],
    ['1,000 + 1', 1001],
    ['(1+2)*3', 9],
    // What the Python SDK gets wrong.
    ['2^3', 8],
    ['1e3 + 1', 1001],
    ['square root of 16', 4],
    ['10% of 50', 5],
    ['0.1 + 0.2', 0.3],
    ['0.3 - 0.1*3', 0],
    ['1e16 + 1 - 1e16', 1],
    ['999.99 + 2 * 199.99 + 5 * 19.99', 1499.92],
    // Order and signs.
    ['1 + 2 * 3', 7],
    ['10 / 4 / 5', 0.5],
    ['2^3^2', 512],
    ['-2^2', -4],
    ['(-2)^2', 4],
    ['7 minus -3', 10],
    ['2--3', 5],
    ['2^-1', 0.5],
    ['10 mod 3', 1],
    // Words.
    ['add 1 + 2', 3],
    ['add 1, 2, and 3', 6],
    ['add 5 to 3', 8],
    ['what is the sum of 2 and 3', 5],
    ['the product of 3 and 4', 12],
    ['multiply 3 by 4', 12],
    ['3 added to 4', 7],
    ['10 divided by 4', 2.5],
    ['6 multiplied by 7', 42],
    ['3x4', 12],
    ['5 squared', 25],
    ['2 to the power of 10', 1024],
    ['Calculate 5 + 3 =', 8],
    ['9 + square root of 16', 13],
    ['sqrt(16) + 9', 13],
    ['cube root of 27', 3],
    ['100/10% of 50', 20],
    ['200 * 10%', 20],
    ['6 ÷ 3 × 2 − 1', 3],
    ['5² + √(4)', 27],
    // Roots.
    ['16^0.5', 4],
    ['sqrt(3)', 1.73205080757],
    ['sqrt(2)^2', 2],
    ['1/3', 1 / 3],
    ['1e308', 1e308],
    ['2^53', 2 ** 53],
  ])('when the question is %j, then the answer is %d', async (question, value) => {
    expect(await calculate(question)).toEqual({ kind: 'output', value });
  });

  test.each<[string, RegExp]>([
    ['', /nothing to calculate/],
    ['hello', /"hello" is not understood/],
    ['twenty plus 1', /"twenty"/],
    ['1/0', /division by zero/],
    ['0^0', /power of 0/],
    ['10 % 3', /10 mod 3/],
    ['50 + 10%', /percentage/],
    ['10% of 50^2', /percentage/],
    ['square root of 16 + 9', /brackets/],
    ['add 2 and 3 times 4', /not understood/],
    ['1 and 2 * 3', /"and"/],
    ['3 squared ^ 2', /which power/],
    ['multiply 3 by 4 and add 1', /not understood/],
    ['1,00', /1,00/],
    ['1.2.3', /1\.2\.3/],
    ['1 000', /000/],
    ['0x10', /0x/],
    ['2(3)', /\(/],
    ['((1', /ends too early/],
    ['5!', /!/],
    ['5 + 3 = 8', /=/],
    ['sqrt(-1)', /negative/],
    ['(-8)^(1/3)', /negative/],
    ['-7 mod 3 * 0 mod (0-3)', /mod/],
    ['2^64', /18446744073709551616/],
    ['100000000000000000 / 3', /not the whole number 33333333333333332/],
    ['sqrt(2)^2 - 2', /certain digit/],
  ])('when the question is %j, then it is refused instead of guessed', async (question, message) => {
    const result = await calculate(question);
    expect(result).toMatchObject({ kind: 'failure', notDone: true, message: expect.stringMatching(message) });
  });

  test.each([
    '9^9^9^9',
    '9^99999999',
    '((9^999)^999)^999',
    '1e999999999',
    `1${'0'.repeat(900)}`,
    '('.repeat(500) + '1' + ')'.repeat(500),
    '-'.repeat(999) + '1',
    '9*'.repeat(499) + '9',
    '1/7+'.repeat(249) + '1/9',
    'sqrt('.repeat(150) + '2' + ')'.repeat(150),
    'constructor',
    '__proto__',
    'process.exit(1)',
    'this.constructor.constructor("return process")()',
    'x = 5; x',
    'f(x) = x',
    '[1,2]',
    '"a" + "b"',
    'n0',
    '1 || 2',
    '1 ? 2 : 3',
    '1'.repeat(2_000),
    '\u0000',
    '1 +\u202e 2',
  ])('when the question is hostile (%#), then it ends, with a number or a reason', async (question) => {
    const result = await calculate(question);
    expect(result.kind === 'output' ? Number.isFinite(result.value) : result.kind).toEqual(
      result.kind === 'output' ? true : 'failure',
    );
  });

  test('when whole numbers are added, taken away and multiplied, then the answer is that of BigInt', async () => {
    const whole = fc.bigInt(-1_000_000n, 1_000_000n);
    await fc.assert(
      fc.asyncProperty(whole, whole, whole, async (a, b, c) => {
        const result = await calculate(`(${a}) + (${b}) * (${c})`);
        expect(result).toEqual({ kind: 'output', value: Number(a + b * c) });
      }),
    );
  });

  test('when decimals are added, then the answer is that of whole hundredths', async () => {
    const hundredths = fc.integer({ min: 0, max: 10_000_000 });
    const write = (value: number) => `${Math.trunc(value / 100)}.${String(value % 100).padStart(2, '0')}`;
    await fc.assert(
      fc.asyncProperty(hundredths, hundredths, async (a, b) => {
        expect(await calculate(`${write(a)} + ${write(b)}`)).toEqual({ kind: 'output', value: Number(write(a + b)) });
      }),
    );
  });

  test('when anything is asked, then it never throws', async () => {
    const words = fc.constantFrom(
      '1',
      '2.5',
      '+',
      '-',
      '*',
      '/',
      '^',
      '%',
      '(',
      ')',
      'of',
      'and',
      'add',
      'sqrt',
      'x',
      ',',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 12 }), async (parts) => {
        expect(['output', 'failure']).toContain((await calculate(parts.join(' '))).kind);
      }),
      { numRuns: 1_000 },
    );
  });
});
