import { describe, expect, test } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { question } from '../../support/question-examples.js';
import { nextTry, runnableFrom } from '../../../src/domain/run/runnable.js';

const NOW = '2024-05-06T07:08:09.000Z';
const LATER = '2024-05-06T08:00:00.000Z';

function runIn(
  state: Run['state'],
  pause: Run['pause'] = null,
  queue: Run['queue'] = { priority: 0, labels: [], tries: 0 },
) {
  return { state, pause, queue, metadata: { updated_at: NOW }, outputs: outputsOf() } as Run;
}

function outputsOf(...expiries: (string | undefined)[]): Run['outputs'] {
  const clarifications = expiries.map((expires_at) => question({ category: 'Input', expires_at }));
  return { clarifications, step_outputs: {}, final_output: null };
}

const PAID = { event: 'payment', key: '7' };
const PARENT: Run['parent_run'] = { id: 'prun-00000000-0000-4000-8000-000000000000', path: '0' };

const paused = (reason: 'unavailable' | 'budget' | 'signal' | 'time', wake_at?: string) => ({
  reason,
  next: '',
  ...(wake_at && { wake_at }),
});

describe('when a worker may continue a run', () => {
  test.each([
    ['a new one', runIn('NOT_STARTED'), NOW],
    ['one whose questions are answered', runIn('READY_TO_RESUME'), NOW],
    ['one whose process has ended', runIn('IN_PROGRESS'), NOW],
    ['one that a signal stopped', runIn('IN_PROGRESS', paused('signal')), NOW],
    ['one that waits for something unavailable', runIn('IN_PROGRESS', paused('unavailable', LATER)), LATER],
    ['one that waits for a time', runIn('IN_PROGRESS', paused('time', LATER)), LATER],
    ['one that waits for an event', runIn('IN_PROGRESS', { ...paused('signal'), waits_for: PAID }), null],
    ['one that does so for a while', runIn('IN_PROGRESS', { ...paused('signal', LATER), waits_for: PAID }), LATER],
    ['one inside another run', { ...runIn('IN_PROGRESS'), parent_run: PARENT }, null],
    ['one whose budget is used up', runIn('IN_PROGRESS', paused('budget')), null],
    ['one that asks', runIn('NEED_CLARIFICATION'), null],
    ['one that asks until a time', { ...runIn('NEED_CLARIFICATION'), outputs: outputsOf(undefined, LATER) }, LATER],
    ['one that asks until two times', { ...runIn('NEED_CLARIFICATION'), outputs: outputsOf(LATER, NOW) }, NOW],
    ['a complete one', runIn('COMPLETE'), null],
    ['a failed one', runIn('FAILED'), null],
    ['one that was never left to a worker', { ...runIn('NOT_STARTED'), queue: undefined }, null],
  ])('then it is as it should be for %s', (_, run, from) => {
    expect(runnableFrom(run)).toBe(from);
  });

  test('and the pause doubles with each try that was in vain, up to ten minutes', () => {
    const seconds = (tries: number) => (Date.parse(nextTry(tries, NOW)) - Date.parse(NOW)) / 1_000;
    expect([0, 1, 2, 7, 50].map(seconds)).toEqual([5, 10, 20, 600, 600]);
  });
});
