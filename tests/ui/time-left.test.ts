import { describe, expect, test } from 'vitest';

import { LoopRounds } from '../../src/ui/loop-rounds.js';
import { LoopTimes } from '../../src/ui/loop-times.js';
import { roomForTimes, TimeLeft, timesText } from '../../src/ui/time-left.js';
import { eventsOf, look } from '../support/view-examples.js';

/** With these seconds at which 1, 2, 3 … were done. */
function timeLeft(of: number, seconds: number[], done = 0): TimeLeft {
  const left = new TimeLeft(of, { done, at: 0 });
  for (const [index, second] of seconds.entries()) left.add({ done: done + index + 1, at: second * 1000 });
  return left;
}

const every = (seconds: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => (index + 1) * seconds);

describe('the time left', () => {
  test.each<[string, number, number[], number, string]>([
    ['two of many are done', 100, [10, 20], 20, ''],
    ['many are done at once', 100, every(0.1, 10), 1, ''],
    ['three are done', 10, every(10, 3), 30, '1 min left'],
    ['some time has passed since', 10, every(4, 3), 20, '20 s left'],
    ['the last one takes longer than the others', 4, every(4, 3), 30, ''],
    ['all are done', 3, every(4, 3), 12, ''],
    ['the first one was slow', 20, [100, ...every(2, 9).map((second) => 100 + second)], 118, '20 s left'],
    ['four at a time are done', 16, [10, 10, 10, 10, 20, 20, 20, 20], 20, '20 s left'],
    ['there are hours left', 10_000, every(2, 100), 200, '5 h 30 min left'],
  ])('when %s then that is taken into account', (_case, of, seconds, now, text) => {
    expect(timeLeft(of, seconds).textAt(now * 1000)).toBe(text);
  });

  test('when some were done before then only the pace of the others counts', () => {
    expect(timeLeft(300, every(2, 10), 200).textAt(20_000)).toBe('3 min left');
  });

  test('when the line is narrow then only the time left is shown, and there is room for it', () => {
    const narrow = { ...look, columns: 40 };
    expect([timesText('3 s', '2 min left', look), timesText('3 s', '2 min left', narrow)]).toEqual([
      '3 s · 2 min left',
      '· 2 min left',
    ]);
    expect([timesText('3 s', '', look), timesText('', '2 min left', look)]).toEqual(['3 s', '· 2 min left']);
    expect(roomForTimes('23 h 59 min left', narrow)).toBeGreaterThan('23 h 59 min left'.length);
  });
});

describe('the time left of loops', () => {
  /** The text after so many rounds of 10 s. In each of them a person is asked for some ms. */
  function after(rounds: number, { idleMs = 0, isResumed = false } = {}): string {
    const seen = new LoopRounds();
    const times = new LoopTimes(seen);
    const start = Date.parse('2026-11-23T10:00:00.000Z');
    const at = (ms: number) => ({ ts: new Date(start + ms).toISOString() });
    for (let round = 0; round < rounds; round += 1) {
      const path = `0[${round}].steps.0`;
      const [event] = eventsOf({ type: 'step.started', path, attempt: 1, of: 20 });
      if (event === undefined) throw new Error('there is an event');
      const begun = { ...event, ...at(round * (10_000 + idleMs)), path, of: 20 };
      seen.add(begun);
      times.add(begun, ['0']);
      times.addIdle(idleMs);
    }
    for (const event of eventsOf(...(isResumed ? [{ type: 'run.resumed' } as const] : []))) times.add(event, []);
    return times.text('0[0].steps.0', start + (rounds - 1) * (10_000 + idleMs) + idleMs);
  }

  test('when rounds were begun then the ones before are done', () => {
    expect([after(3), after(11), after(19)]).toEqual(['', '2 min left', '20 s left']);
  });

  test('when a person was asked meanwhile then that time does not count', () => {
    expect(after(11, { idleMs: 50_000 })).toBe('2 min left');
  });

  test('when the run was stopped and continues then its pace is measured anew', () => {
    expect(after(11, { isResumed: true })).toBe('');
  });
});
