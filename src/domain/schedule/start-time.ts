import { durationMs } from '../values/duration.js';
import { momentMs } from '../values/moment.js';
import { timeOfClock } from '../values/time-zones.js';

/** Milliseconds since 1970, or why the text is not a time that can be used. */
export type StartTime = { ms: number } | { why: string };

const LONGEST_YEARS = 10;
const YEAR_MS = 365.25 * 24 * 60 * 60_000;

/**
 * `in 2h`, `2026-12-01T09:00+01:00`, or without such an end when a zone is given, whose clocks show it then. The zone is a
 * known one.
 * @param now milliseconds since 1970
 */
export function readStartTime(text: string, { now, zone }: { now: number; zone: string | undefined }): StartTime {
  const time = readDelay(text, now) ?? readDate(text, zone);
  if ('why' in time) return time;
  if (time.ms <= now) return { why: `That is in the past: it is ${new Date(now).toISOString()} now.` };
  if (time.ms > now + LONGEST_YEARS * YEAR_MS) return { why: `A run can wait for ${LONGEST_YEARS} years at most.` };
  return time;
}

function readDelay(text: string, now: number): StartTime | undefined {
  const [, given] = /^in\s+(\S+)$/.exec(text) ?? [];
  if (given === undefined) return undefined;
  const ms = durationMs(given);
  return ms === undefined ? { why: 'A duration is a number with ms, s, m, h or d.' } : { ms: Math.ceil(now + ms) };
}

function readDate(text: string, zone: string | undefined): StartTime {
  const written = text.replace(' ', 'T');
  const [end] = /(?:Z|[+-]\d\d:\d\d)$/.exec(written) ?? [];
  const ms = momentMs(end === undefined ? `${written}Z` : written);
  if (ms === undefined) return { why: 'A time is a date that exists, with hours and minutes, or in and a duration.' };
  if (end === undefined) {
    return zone === undefined ? { why: 'It does not say in which time zone.' } : { ms: timeOfClock(ms, zone) };
  }
  return zone === undefined ? { ms } : { why: `It says ${end} itself, so that it takes no zone.` };
}
