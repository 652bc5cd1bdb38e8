import { describe, expect, test } from 'vitest';

import { between, duration, timeAgo } from '../../src/ui/times.js';

describe('duration', () => {
  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1_234, '1.2 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_700, '1 h'],
    [3_780_000, '1 h 3 min'],
    [8_037_000, '2 h 14 min'],
    [86_399_000, '1 d'],
    [187_200_000, '2 d 4 h'],
    [-5, '0 ms'],
  ])('when %d ms pass then it reads %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('timeAgo', () => {
  const now = new Date('2026-11-23T12:00:00.000Z');
  test.each([
    ['2026-11-23T11:59:59.000Z', 'just now'],
    ['2026-11-23T12:00:30.000Z', 'just now'],
    ['2026-11-23T11:55:00.000Z', '5 min ago'],
    ['2026-11-23T09:00:00.000Z', '3 h ago'],
    ['2026-11-21T12:00:00.000Z', '2 d ago'],
    ['2026-01-02T00:00:00.000Z', '2026-01-02'],
    ['2030-01-02T00:00:00.000Z', '2030-01-02'],
    ['no time', '-'],
  ])('when the time is %s then it reads %s', (time, text) => {
    expect(timeAgo(time, now)).toBe(text);
  });
});

describe('between', () => {
  test.each([
    ['2026-11-23T12:00:00.000Z', '2026-11-23T12:00:01.500Z', 1500],
    ['2026-11-23T12:00:00.000Z', null, undefined],
    ['', '2026-11-23T12:00:01.500Z', undefined],
    ['2026-11-23T12:00:02.000Z', '2026-11-23T12:00:01.000Z', 0],
  ])('when it went from %s to %s then %s ms lie between', (start, end, ms) => {
    expect(between(start, end)).toBe(ms);
  });
});
