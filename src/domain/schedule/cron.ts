import type { CronOptions } from 'croner';

import { clockAt, isTimeZone, timeOfClock } from '../values/time-zones.js';

/** The times of a schedule. */
export interface Cron {
  /** The first one after a time, in milliseconds since 1970; undefined when none comes. */
  next(after: number): number | undefined;
}

/** Why a text is not a schedule. */
export interface CronProblem {
  why: string;
}

/** The fields, and what each takes. */
const FIELDS: readonly (readonly [name: string, takes: string])[] = [
  ['second', '0 to 59'],
  ['minute', '0 to 59'],
  ['hour', '0 to 23'],
  ['day of the month', '1 to 31, or L for the last'],
  ['month', '1 to 12, or JAN to DEC'],
  ['day of the week', '0 to 7, or SUN to SAT; 5L is the last Friday and 1#2 the second Monday'],
];
const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What clocks show is looked for as if they were never changed. */
const IN_UTC: CronOptions = { timezone: 'UTC', paused: true };

/**
 * Reads five fields (minute, hour, day of the month, month, day of the week), six with seconds before them, or a name
 * such as `@daily`. A time is due when the clocks of the zone, which is a known one, show it for the first time: what they
 * show twice is due once, and what they skip is due when they are put forward.
 */
export async function readCron(text: string, zone: string): Promise<Cron | CronProblem> {
  if (!isTimeZone(zone)) return { why: `The time zone ${JSON.stringify(zone)} is not known here.` };
  // Loaded only here: few commands need it.
  const { Cron: Pattern } = await import('croner');
  const problem = problemOf(text, (pattern) => new Pattern(pattern, IN_UTC));
  if (problem !== undefined) return { why: problem };
  const pattern = new Pattern(text.trim(), IN_UTC);
  return {
    next(after) {
      for (let clock = clockAt(after, zone); ;) {
        const shown = pattern.nextRun(new Date(clock))?.getTime();
        if (shown === undefined) return undefined;
        const time = timeOfClock(shown, zone);
        if (time > after) return time;
        clock = shown;
      }
    },
  };
}

/** `parse` throws for a pattern that is wrong. */
function problemOf(text: string, parse: (pattern: string) => unknown): string | undefined {
  if (NICKNAMES.includes(text.trim().toLowerCase())) return undefined;
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return 'It takes 5 fields: minute, hour, day of the month, month and day of the week; or 6 with the second first.';
  }
  const named = FIELDS.slice(-fields.length);
  for (const [index, [name, takes]] of named.entries()) {
    const alone = named.map((_, place) => (place === index ? fields[place] : '*')).join(' ');
    if (!isRead(alone, parse))
      return `${JSON.stringify(fields[index])} is not a valid ${name}. It takes ${takes}; also *, lists and ranges as 1,3 and 1-5, and steps as */10.`;
  }
  return undefined;
}

function isRead(pattern: string, parse: (pattern: string) => unknown): boolean {
  try {
    parse(pattern);
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}
