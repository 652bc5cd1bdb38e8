import { expect, test } from 'vitest';

import { completePlan } from '../../../src/domain/plan/complete-plan.js';
import { makeProject } from '../../support/portia.js';
import { readCases } from './benchmark-case.js';
import { givenPlan } from './judge-case.js';
import { playCase } from './play-case.js';

const PLAYS = readCases().flatMap((one) => one.plays.map((play, index) => ({ id: one.id, index, one, play })));

test.each(PLAYS)('when the plan for $id is run (play $index) then just that happens', async ({ one, play }) => {
  const given = givenPlan(one, one.plan);
  const plan = 'plan' in given ? completePlan(given.plan) : expect.fail(given.error);
  expect(await playCase(one, play, { plan, folder: makeProject() })).toEqual(play.expected);
});
