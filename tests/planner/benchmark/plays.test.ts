import { expect, test } from 'vitest';

import { completePlan } from '../../../src/domain/plan/complete-plan.js';
import { makeProject } from '../../support/portia.js';
import { readCases, type Play } from './benchmark-case.js';
import { givenPlan } from './judge-case.js';
import { inFreeOrder } from './free-order.js';
import { playCase } from './play-case.js';

const PLAYS = readCases().flatMap((one) => one.plays.map((play, index) => ({ id: one.id, index, one, play })));

test.each(PLAYS)('when the plan for $id is run (play $index) then just that happens', async ({ one, play }) => {
  const given = givenPlan(one, one.plan);
  const plan = 'plan' in given ? completePlan(given.plan) : expect.fail(given.error);
  const happened = await playCase(one, play, { plan, folder: makeProject() });
  expect(inFreeOrder(happened)).toEqual(inFreeOrder(play.expected));
});

test('when reads of one tool came in another order then the same happened, and with acts it did not', () => {
  const call = (tool: string, service: string) => ({ call: tool, args: { service } });
  const happened = (...trace: Play['expected']['trace']) =>
    inFreeOrder({ state: 'COMPLETE', trace, result: null, model_calls: 0 });
  const [cart, search] = [call('get_service_health', 'cart'), call('get_service_health', 'search')];
  const [stop, start] = [call('restart_service', 'cart'), call('restart_service', 'search')];
  expect(happened(search, cart, stop)).toEqual(happened(cart, search, stop));
  expect(happened(search, stop, cart)).not.toEqual(happened(cart, search, stop));
  expect(happened(start, stop)).not.toEqual(happened(stop, start));
});
