import { describe, expect, test } from 'vitest';

import { heldBack, standingOf, type QueuedRun, type QueueRules } from '../../../src/domain/run/queue.js';
import { DEFAULT_END_USER } from '../../../src/domain/run/run.js';

const NOW = '2024-05-06T07:08:09.000Z';
const LATER = '2024-05-06T08:00:00.000Z';

const RUN: QueuedRun = {
  id: 'prun-18d9aa91-0066-413f-af32-b979bce89821',
  plan_id: 'plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977',
  state: 'NOT_STARTED',
  end_user_id: 'ada',
  priority: 0,
  labels: [],
  open_questions: 0,
  updated_at: NOW,
  wake_at: NOW,
  pause: null,
  refusals: [],
};

const LACKING = { missing: ['send_tool'], changed: [], host: 'alpha' };
const REFUSED = { ...LACKING, tools: 'a', seq: 2, at: NOW };
const RULES: QueueRules = { limits: { labels: new Map() }, pauses: [], driven: [] };

describe('what a run in the queue waits for', () => {
  test.each([
    ['that is driven', {}, true, { kind: 'runs' }],
    ['that can continue', {}, false, { kind: 'waits' }],
    ['whose time has not come', { wake_at: LATER }, false, { kind: 'waits', for: 'time', until: LATER }],
    ['whose driver had a clock that is ahead', { wake_at: LATER, updated_at: LATER }, false, { kind: 'waits' }],
    ['that a worker lacks tools for', { refusals: [REFUSED] }, false, { kind: 'waits', for: 'tools', ...LACKING }],
    ['that asks', { wake_at: null, open_questions: 2 }, false, { kind: 'parked', for: 'question' }],
    ['whose limit is reached', { wake_at: null }, false, { kind: 'parked', for: 'budget' }],
  ])('then it is as it should be for one %s', (_, fields, isDriven, standing) => {
    expect(standingOf({ ...RUN, ...fields }, { ...RULES, isDriven, now: NOW })).toEqual(standing);
  });
});

describe('what holds a run back that could continue', () => {
  const driven = { plan_id: RUN.plan_id, end_user_id: 'ada', labels: ['night', 'big'] };
  const other = { ...driven, plan_id: 'plan-1dcd74a4-0af5-490a-a7d0-000000000002' } as const;
  test.each([
    ['nothing', {}, {}, undefined],
    ['a pause of all', { pauses: [{ label: null, since: NOW }] }, {}, { for: 'pause', label: null }],
    ['a pause of its label', { pauses: [{ label: 'day', since: NOW }] }, {}, { for: 'pause', label: 'day' }],
    ['no pause of another label', { pauses: [{ label: 'night', since: NOW }] }, {}, undefined],
    ['as many of its plan', { driven: [driven] }, { perPlan: 1 }, { for: 'limit', of: 'plan', most: 1 }],
    ['fewer of its plan', { driven: [driven, other] }, { perPlan: 2 }, undefined],
    ['as many for its end user', { driven: [other] }, { perEndUser: 1 }, { for: 'limit', of: 'end_user', most: 1 }],
    ['other labels only', { driven: [other] }, { labels: new Map([['big', 1]]) }, undefined],
  ])('then it is %s', (_, rules, limits, hold) => {
    const given = { ...RULES, ...rules, limits: { ...RULES.limits, ...limits } };
    expect(heldBack({ ...RUN, labels: ['day'] }, given)).toEqual(hold && { kind: 'waits', ...hold });
  });

  test('and as many with one of its labels', () => {
    const limits = { labels: new Map([['big', 1]]) };
    const hold = heldBack({ ...RUN, labels: ['day', 'big'] }, { ...RULES, limits, driven: [other] });
    expect(hold).toEqual({ kind: 'waits', for: 'limit', of: 'label', label: 'big', most: 1 });
  });

  test('and a run for nobody in particular is not held back by a limit of end users', () => {
    const nobody = { ...driven, end_user_id: DEFAULT_END_USER };
    const rules = { ...RULES, limits: { ...RULES.limits, perEndUser: 1 }, driven: [nobody] };
    expect(heldBack({ ...RUN, end_user_id: DEFAULT_END_USER }, rules)).toBeUndefined();
  });
});
