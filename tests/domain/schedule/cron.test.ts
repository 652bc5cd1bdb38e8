import { describe, expect, test } from 'vitest';

import { readCron, type Cron } from '../../../src/domain/schedule/cron.js';
import { shownTime } from '../../../src/domain/values/time-zones.js';

const MINUTE = 60_000;

async function cronOf(text: string, zone: string): Promise<Cron> {
  const cron = await readCron(text, zone);
  if ('why' in cron) throw new Error(cron.why);
  return cron;
}

async function whyNot(text: string): Promise<string> {
  const cron = await readCron(text, 'UTC');
  return 'why' in cron ? cron.why : 'it is read';
}

/** All times from `from`, which counts, to `to`, which does not. */
function timesOf(cron: Cron, from: number, to: number): number[] {
  const times = [];
  for (let time = cron.next(from - 1); time !== undefined && time < to; time = cron.next(time)) times.push(time);
  return times;
}

interface Shown {
  time: number;
  /** What clocks show, in minutes since they showed the first of January 1970. */
  clock: number;
}

/**
 * What clocks of the zone show at each minute. It asks Intl for every minute, so that nothing is computed with offsets.
 */
function everyMinute(zone: string, from: number, to: number): Shown[] {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const all = [];
  for (let time = from; time < to; time += MINUTE) {
    all.push({ time, clock: Date.parse(`${format.format(time).replace(' ', 'T')}Z`) / MINUTE });
  }
  return all;
}

/** The rule of the schedule, minute by minute: when clocks show a wanted minute of the day first, or go past it. */
function expectedTimes(shown: readonly Shown[], isWanted: (minute: number) => boolean): number[] {
  const times: number[] = [];
  let latest = (shown[0]?.clock ?? 0) - 1;
  for (const { time, clock } of shown) {
    // Clocks that were put back show again what they showed: none of it is new.
    const fresh = Array.from({ length: Math.max(0, clock - latest) }, (_, index) => latest + 1 + index);
    latest = Math.max(latest, clock);
    if (fresh.some((each) => isWanted(each % (24 * 60)))) times.push(time);
  }
  return times;
}

/** Days around which clocks are put forward or back. */
const CHANGES: [zone: string, day: string][] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Europe/Berlin', '1980-04-06'],
  ['America/New_York', '2006-04-02'],
  ['America/New_York', '2007-03-11'],
  ['America/New_York', '2026-11-01'],
  // Half an hour.
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Australia/Lord_Howe', '2027-04-04'],
  // At midnight, and four times in 2014.
  ['Africa/Cairo', '2014-05-16'],
  ['Africa/Cairo', '2014-06-27'],
  ['Africa/Cairo', '2014-08-01'],
  ['Africa/Cairo', '2014-09-26'],
  ['Africa/Cairo', '2026-04-24'],
  ['Asia/Tehran', '2021-03-22'],
  ['Asia/Tehran', '2022-09-22'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Pacific/Chatham', '2026-09-27'],
  ['UTC', '2026-03-29'],
];

const DAILY: [text: string, isWanted: (minute: number) => boolean][] = [
  ['30 2 * * *', (minute) => minute === 150],
  ['0 0 * * *', (minute) => minute === 0],
  ['15 1 * * *', (minute) => minute === 75],
  ['*/20 * * * *', (minute) => minute % 20 === 0],
  ['7,30 0-3 * * *', (minute) => minute < 240 && [7, 30].includes(minute % 60)],
];

describe('when clocks are put forward or back', () => {
  test.each(CHANGES)('then in %s around %s each time is due once', async (zone, day) => {
    const middle = Date.parse(`${day}T00:00:00Z`);
    const [from, to] = [middle - 16 * 60 * MINUTE, middle + 38 * 60 * MINUTE];
    const shown = everyMinute(zone, from, to);
    for (const [text, isWanted] of DAILY) {
      const found = timesOf(await cronOf(text, zone), from, to);
      const expected = expectedTimes(shown, isWanted);
      expect(found.map((time) => shownTime(time, zone))).toEqual(expected.map((time) => shownTime(time, zone)));
    }
  });

  test('then a day that a whole zone skipped is due when it was over', async () => {
    const cron = await cronOf('0 12 * * *', 'Pacific/Apia');
    const times = timesOf(cron, Date.parse('2011-12-29T00:00:00Z'), Date.parse('2012-01-01T12:00:00Z'));
    expect(times.map((time) => shownTime(time, 'Pacific/Apia'))).toEqual([
      '2011-12-29T12:00:00-10:00',
      '2011-12-31T00:00:00+14:00',
      '2011-12-31T12:00:00+14:00',
      '2012-01-01T12:00:00+14:00',
    ]);
  });

  test('then midnight of the first is due once in every month of 60 years', async () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Tehran']) {
      const [from, to] = [Date.parse('1975-01-02T00:00:00Z'), Date.parse('2035-01-02T00:00:00Z')];
      const times = timesOf(await cronOf('0 0 1 * *', zone), from, to);
      const months = times.map((time) => shownTime(time, zone).slice(0, 7));
      expect([months.length, new Set(months).size]).toEqual([60 * 12, 60 * 12]);
    }
  });
});

describe('when a schedule is read', () => {
  test.each([
    ['0 9 * * 1-5', ['2026-12-01T08:00', '2026-12-02T08:00', '2026-12-03T08:00']],
    ['0 9 * * MON-FRI', ['2026-12-01T08:00', '2026-12-02T08:00', '2026-12-03T08:00']],
    ['*/10 * * * * *', ['2026-11-30T12:00', '2026-11-30T12:00', '2026-11-30T12:00']],
    ['@daily', ['2026-11-30T23:00', '2026-12-01T23:00', '2026-12-02T23:00']],
    ['0 0 L * *', ['2026-12-30T23:00', '2027-01-30T23:00', '2027-02-27T23:00']],
    ['0 0 29 2 *', ['2028-02-28T23:00', '2032-02-28T23:00', '2036-02-28T23:00']],
    // A day of the month or a day of the week.
    ['0 0 13 * 5', ['2026-12-03T23:00', '2026-12-10T23:00', '2026-12-12T23:00']],
  ])('then %s is due as cron would have it', async (text, expected) => {
    const cron = await cronOf(text, 'Europe/Berlin');
    const times = [];
    for (let time = Date.parse('2026-11-30T12:00:00Z') - 1; times.length < 3;) {
      time = cron.next(time) ?? Number.NaN;
      times.push(new Date(time).toISOString().slice(0, 16));
    }
    expect(times).toEqual(expected);
  });

  test('then a day that no month has never comes', async () => {
    for (const text of ['0 0 30 2 *', '0 9 31 4,6 *']) {
      expect((await cronOf(text, 'Europe/Berlin')).next(Date.parse('2026-11-30T12:00:00Z'))).toBeUndefined();
    }
  });

  test.each([
    ['', /5 fields/],
    ['0 9 * *', /5 fields/],
    ['0 9 * * 1 2030 1', /5 fields/],
    ['@never', /5 fields/],
    ['2030-01-01T00:00:00', /5 fields/],
    ['60 9 * * *', /"60" is not a valid minute. It takes 0 to 59/],
    ['0 25 * * *', /"25" is not a valid hour/],
    ['0 9 32 * *', /"32" is not a valid day of the month. It takes 1 to 31/],
    ['0 9 * JANUARY *', /"JANUARY" is not a valid month/],
    ['0 9 * * FUNDAY', /"FUNDAY" is not a valid day of the week/],
    ['99 0 9 * * *', /"99" is not a valid second/],
    ['5/15 * * * *', /"5\/15" is not a valid minute/],
    ['*/0 * * * *', /"\*\/0" is not a valid minute/],
  ])('then %s is refused with why', async (text, why) => {
    expect(await whyNot(text)).toMatch(why);
  });
});
