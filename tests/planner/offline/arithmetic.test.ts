import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { calculatorTool } from '../../../src/tools/builtin/calculator.js';
import { toolContext } from '../../tools/tool-context.js';
import { arithmeticRequest, JUNK, render } from './arithmetic-requests.js';
import { evaluateExactly, type Fraction } from './exact-arithmetic.js';
import { formulaOf, plan, refusalOf } from './plan-offline.js';

describe('when a calculation has one meaning', () => {
  test.each([
    ['add 1 + 2', '1 + 2'],
    ['Add 1 and 2.', '1 + 2'],
    ['add 5 to 7', '7 + 5'],
    ['please add one, two and three', '1 + 2 + 3'],
    ['what is (3 + 4) * 2?', '(3 + 4) * 2'],
    ["What's 3 plus 4 times 2", '3 + 4 * 2'],
    ['how much is 2 minus 3 minus 4?', '2 - 3 - 4'],
    ['multiply 6 by 7', '6 * 7'],
    ['multiply 1 + 2 by 4', '(1 + 2) * 4'],
    ['subtract 3 from 10', '10 - 3'],
    ['subtract 2 times 3 from 10', '10 - 2 * 3'],
    ['subtract 1 + 2 from 10', '10 - (1 + 2)'],
    ['divide 10 by 4', '10 / 4'],
    ['the sum of 1, 2, and 3', '1 + 2 + 3'],
    ['calculate the product of 2 and 3', '2 * 3'],
    ['10% of 250', '10 * 250 / 100'],
    ['8 / 4 / 2', '8 / 4 / 2'],
    ['8 / (4 / 2)', '8 / (4 / 2)'],
    ['10 - -3', '10 - (-3)'],
    ['-2^2', '-(2 ^ 2)'],
    ['2 ^ 3 ** 2', '2 ^ (3 ^ 2)'],
    ['2 raised to the power of 3', '2 ^ 3'],
    ['2 ^ -1', '2 ^ (-1)'],
    ['2 ^ (3 - 1)', '2 ^ (3 - 1)'],
    ['3 + 4 squared', '3 + 4 ^ 2'],
    ['10 modulo 3 + 1', '(10 mod 3) + 1'],
    ['6 ÷ 3 × 2 − 1', '6 / 3 * 2 - 1'],
    ['007 + .5 + 1.50', '7 + 0.5 + 1.50'],
    ['1+2=', '1 + 2'],
    ['1\n+\t2 ?\n', '1 + 2'],
  ])('then %j is %j', (query, formula) => {
    expect(formulaOf(query)).toBe(formula);
  });
});

describe('when a calculation continues with the one before', () => {
  test.each([
    ['add 1 + 2 then multiply it by 3', '({{ $result }}) * 3'],
    ['add 1 + 2 then multiply by 3', '({{ $result }}) * 3'],
    ['add 1 + 2, then times 3', '({{ $result }}) * 3'],
    ['add 1 + 2 and then add 3', '({{ $result }}) + 3'],
    ['add 1 + 2 and subtract 3', '({{ $result }}) - 3'],
    ['add 1 + 2; then subtract the result from 10', '10 - ({{ $result }})'],
    ['add 1 + 2. Then divide 12 by that', '12 / ({{ $result }})'],
    ['add 1 + 2 then what is the result squared', '({{ $result }}) ^ 2'],
    ['add 1 + 2 then save it to a.txt then double-check.txt', undefined],
    ['add 1 + 2 then save it to a.txt then minus 1', '({{ $result }}) - 1'],
    ['add 1 + 2 then plus 1 then plus 1', '({{ $result_2 }}) + 1'],
  ])('then %j is %j', (query, formula) => {
    if (formula === undefined) refusalOf(query);
    else expect(formulaOf(query)).toBe(formula);
  });
});

describe('when a calculation could mean two things, or nothing', () => {
  test.each([
    ['divide 10 by 4 plus 1', 'use parentheses'],
    ['add 2 and 3 times 4', 'use parentheses'],
    ['add 2 times 3 and 4', 'use parentheses'],
    ['multiply 6 by 7 squared', 'use parentheses'],
    ['10 mod 3 * 2', 'use parentheses'],
    ['-7 mod 3', 'negative'],
    ['10 % 3', '"%" does not fit here'],
    ['10% of 5 + 1', 'use parentheses'],
    ['what is 5!', '"!" has no meaning'],
    ['1,000 + 1', 'a comma inside a number'],
    ['add 1,2 and 3', 'a comma inside a number'],
    ['1e5 + 1', 'not a plain number'],
    ['0x10 + 1', 'not a plain number'],
    ['3x4', 'not a plain number'],
    ['1.2.3 + 1', 'not a plain number'],
    ['1_000 + 1', 'not a plain number'],
    ['１ + ２', 'no request begins with'],
    ['1 + ٢', 'has no meaning'],
    ['1 + 2 = 3', '"3" does not fit here'],
    ['1 2', '"2" does not fit here'],
    ['2(3)', '"(" does not fit here'],
    ['(1 + 2', 'a closing parenthesis is missing'],
    ['1 + 2)', '")" does not fit here'],
    ['1 +', 'a number is missing'],
    ['--3', 'is not a number'],
    ['42', 'nothing to calculate'],
    ['-42', 'nothing to calculate'],
    ['add 5', 'two numbers'],
    ['add 2 * 3', 'two numbers'],
    ['sum 5', 'two numbers'],
    ['twenty one + 1', 'no request begins with "twenty"'],
    ['1 + 2 dollars', '"dollars" does not fit here'],
    ['it + 1', 'no number before this'],
    ['read a.txt then add 1 to it', 'no number before this'],
    ['add 1 + 2 then add 3 + 4', 'continues with the earlier result'],
    ['add 1 + 2 then -3', 'negative number'],
    ['add 1 + 2 then mod 2', 'negative'],
    ['1234567890123456 + 1', 'more than 15 digits'],
    ['what is', 'a number is missing'],
    ['how many is 1 + 2', 'much is'],
    ['add "1" and 2', 'no meaning inside a calculation'],
    ['2 ^ 0.5', 'exact only for a power that is a whole number'],
    ['2^0.5 * 1000000000000', 'exact only for a power'],
    ['2 to the power of (1 / 2)', 'exact only for a power'],
    ['2 ^ 2 ^ -1', 'exact only for a power'],
    ['add 1 + 2 then 2 to the power of it', 'exact only for a power'],
  ])('then %j is refused: %s', (query, why) => {
    expect(refusalOf(query).why).toContain(why);
  });
});

/** Both sides are rounded to floating-point numbers at the end. */
function relativeError(found: number, { top, bottom }: Fraction): number {
  const exact = Number(top) / Number(bottom);
  return Math.abs(found - exact) / Math.max(1, Math.abs(exact));
}

describe('when requests are made from random calculations', () => {
  test('then the plan calculates exactly what was asked', () => {
    fc.assert(
      fc.property(arithmeticRequest, (request) => {
        expect(evaluateExactly(String(formulaOf(render(request.words))))).toEqual(request.value);
      }),
      { numRuns: 3000 },
    );
  });

  test('then the calculator gives the same value', async () => {
    await fc.assert(
      fc.asyncProperty(arithmeticRequest, async ({ words, value }) => {
        const result = await calculatorTool.run(toolContext({ projectRoot: '/' }), {
          math_question: formulaOf(render(words)) as string,
        });
        if (value === undefined) expect(result.kind).toBe('failure');
        else if (result.kind === 'output') expect(relativeError(Number(result.value), value)).toBeLessThan(1e-12);
        else
          expect(result).toMatchObject({ message: expect.stringMatching(/too large|more digits|no closer/) as string });
      }),
      { numRuns: 500 },
    );
  });

  test('then a word that is not understood refuses the request wherever it stands', () => {
    fc.assert(
      fc.property(arithmeticRequest, JUNK, fc.nat(), ({ words }, junk, place) => {
        const spoiled = words.toSpliced(place % (words.length + 1), 0, junk);
        expect(plan(render(spoiled))).toMatchObject({ kind: 'refused' });
      }),
      { numRuns: 1000 },
    );
  });
});
