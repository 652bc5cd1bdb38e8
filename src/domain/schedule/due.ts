import type { Cron } from './cron.js';
import type { Schedule } from './schedule.js';

/** At most so many times that were missed get a run, or are asked about: the newest ones. */
export const MOST_MISSED = 100;
/** A time is missed when no worker looked within this time after it, in milliseconds. */
export const ON_TIME_MS = 60_000;

/** What is to be done for a schedule now. Times are ISO 8601, UTC, the oldest first. */
export interface Due {
  /** Times that get a run. */
  run: string[];
  /** Times that were missed and get none now. */
  missed: string[];
  /** Whether there were older ones, beyond `MOST_MISSED`. */
  hasOlder: boolean;
  /** The first time that is not due yet; null when none comes. */
  next_at: string | null;
}

/** What is due of a schedule. `now`: milliseconds since 1970. */
export function dueOf({ next_at: from, missed }: Pick<Schedule, 'next_at' | 'missed'>, cron: Cron, now: number): Due {
  const first = from === null ? Number.POSITIVE_INFINITY : Date.parse(from);
  if (first > now) return { run: [], missed: [], hasOlder: false, next_at: from };
  const { times, hasOlder } = newestTimes(cron, { first, now });
  const isRun = (time: number) => missed === 'catch-up' || now - time <= ON_TIME_MS;
  const next = cron.next(now);
  return {
    run: times.filter(isRun).map(isoTime),
    missed: times.filter((time) => !isRun(time)).map(isoTime),
    hasOlder,
    next_at: next === undefined ? null : isoTime(next),
  };
}

/** The schedule once what is due was done. `last`: the newest run that was made. */
export function afterDue(schedule: Schedule, due: Due, last: Schedule['last']): Schedule {
  const asked = schedule.missed === 'ask' ? due.missed : [];
  return {
    ...schedule,
    next_at: due.next_at,
    undecided: [...schedule.undecided, ...asked].slice(-MOST_MISSED),
    last: last ?? schedule.last,
    revision: schedule.revision + 1,
  };
}

/** The schedule once a person has decided about these times. */
export function afterDecision(schedule: Schedule, times: readonly string[], last: Schedule['last']): Schedule {
  return {
    ...schedule,
    undecided: schedule.undecided.filter((time) => !times.includes(time)),
    last: last === null || (schedule.last !== null && schedule.last.due_at > last.due_at) ? schedule.last : last,
    revision: schedule.revision + 1,
  };
}

/** Looks back further and further: a schedule of each second that was left for a year has millions of times. */
function newestTimes(
  cron: Cron,
  { first, now }: { first: number; now: number },
): { times: number[]; hasOlder: boolean } {
  for (let span = ON_TIME_MS; ; span *= 2) {
    const start = Math.max(first, now - span);
    const isAll = start === first;
    const times = isAll ? [first] : [];
    for (let time = cron.next(start); time !== undefined && time <= now; time = cron.next(time)) {
      times.push(time);
      if (times.length > 2 * MOST_MISSED) times.splice(0, MOST_MISSED);
    }
    if (isAll || times.length > MOST_MISSED) {
      return { times: times.slice(-MOST_MISSED), hasOlder: !isAll || times.length > MOST_MISSED };
    }
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
