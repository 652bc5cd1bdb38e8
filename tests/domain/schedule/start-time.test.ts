import { describe, expect, test } from 'vitest';

import { readStartTime } from '../../../src/domain/schedule/start-time.js';

const NOW = '2026-11-30T12:00:00.000Z';
const read = (text: string, zone?: string) => {
  const time = readStartTime(text, { now: Date.parse(NOW), zone });
  return 'ms' in time ? new Date(time.ms).toISOString() : time.why;
};

describe('when a time says when a run begins', () => {
  test.each([
    ['in 90s', undefined, '2026-11-30T12:01:30.000Z'],
    ['in 1.5h', undefined, '2026-11-30T13:30:00.000Z'],
    ['2026-12-01T09:00Z', undefined, '2026-12-01T09:00:00.000Z'],
    ['2026-12-01T09:00:30.5Z', undefined, '2026-12-01T09:00:30.500Z'],
    ['in 2d', undefined, '2026-12-02T12:00:00.000Z'],
    ['2026-12-01 09:00+01:00', undefined, '2026-12-01T08:00:00.000Z'],
    ['2026-12-01T09:00:00-03:30', undefined, '2026-12-01T12:30:00.000Z'],
    ['2026-12-01T09:00', 'Europe/Berlin', '2026-12-01T08:00:00.000Z'],
    ['2027-07-01T09:00', 'Europe/Berlin', '2027-07-01T07:00:00.000Z'],
    // Skipped when clocks are put forward, and shown twice when they are put back.
    ['2027-03-28T02:30', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['2027-10-31T02:30', 'Europe/Berlin', '2027-10-31T00:30:00.000Z'],
    ['2028-02-29T00:00Z', undefined, '2028-02-29T00:00:00.000Z'],
  ])('then %s with the zone %s is %s', (text, zone, time) => {
    expect(read(text, zone)).toBe(time);
  });

  test.each([
    ['tomorrow', undefined, /a date that exists, with hours and minutes, or in and a duration/],
    ['2026-12-01', undefined, /a date that exists/],
    ['09:00', undefined, /a date that exists/],
    ['', undefined, /a date/],
    ['in 2 hours', undefined, /a date/],
    ['in 2w', undefined, /A duration is a number with ms, s, m, h or d/],
    ['2026-12-01T09:00', undefined, /in which time zone/],
    ['2026-12-01T09:00Z', 'Europe/Berlin', /says Z itself/],
    ['2026-02-30T09:00Z', undefined, /a date that exists/],
    ['2027-02-29T09:00', 'Europe/Berlin', /a date that exists/],
    ['2026-12-01T25:00Z', undefined, /a date that exists/],
    ['2026-12-01T09:00+99:00', undefined, /a date that exists/],
    ['2026-11-30T12:00Z', undefined, /in the past: it is 2026-11-30T12:00:00.000Z now/],
    ['1970-01-01T00:00Z', undefined, /in the past/],
    ['9999-12-31T23:59Z', undefined, /10 years at most/],
    ['in 99999999h', undefined, /10 years at most/],
  ])('then %s with the zone %s is refused', (text, zone, why) => {
    expect(read(text, zone)).toMatch(why);
  });
});
