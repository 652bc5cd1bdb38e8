import { describe, expect, test } from 'vitest';

import { readCases } from './benchmark-case.js';
import { givenPlan, judgeCase } from './judge-case.js';

const CASES = readCases();
const failing = (verdicts: ReturnType<typeof judgeCase>) => verdicts.filter(({ why }) => why !== undefined);

test('when the cases are counted then there are 40', () => {
  expect(CASES).toHaveLength(40);
});

describe.each(CASES)('the plans for $id', (one) => {
  test('when the plan is right then everything holds', () => {
    expect(failing(judgeCase(one, givenPlan(one, one.plan)))).toEqual([]);
  });

  test.each(one.also_right)('when the plan is right in another way ($about) then everything holds', ({ plan }) => {
    expect(failing(judgeCase(one, givenPlan(one, plan)))).toEqual([]);
  });

  test.each(one.wrong)('when the plan is wrong ($about) then just that does not hold', ({ fails, plan }) => {
    expect(failing(judgeCase(one, givenPlan(one, plan))).map(({ what }) => what)).toEqual(fails);
  });
});
