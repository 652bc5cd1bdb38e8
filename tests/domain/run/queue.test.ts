import { describe, expect, test } from 'vitest';

import { standingOf, type QueuedRun } from '../../../src/domain/run/queue.js';

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
};

describe('what a run in the queue waits for', () => {
  test.each([
    ['that is driven', {}, true, { kind: 'runs' }],
    ['that can continue', {}, false, { kind: 'waits' }],
    ['whose time has not come', { wake_at: LATER }, false, { kind: 'waits', for: 'time', until: LATER }],
    ['that asks', { wake_at: null, open_questions: 2 }, false, { kind: 'parked', for: 'question' }],
    ['whose limit is reached', { wake_at: null }, false, { kind: 'parked', for: 'budget' }],
  ])('then it is as it should be for one %s', (_, fields, isDriven, standing) => {
    expect(standingOf({ ...RUN, ...fields }, { isDriven, now: NOW })).toEqual(standing);
  });
});
