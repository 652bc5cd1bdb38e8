const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the time zone is known here: `Europe/Berlin`, `UTC`. */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * What the clocks of the zone show at a time, written as the time at which clocks of UTC show the same: milliseconds since
 * 1970.
 */
export function clockAt(ms: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown + (((ms % 1000) + 1000) % 1000);
}

/**
 * When the clocks of the zone first show this, which is given as by `clockAt`. What they never show because they are put
 * forward is the time at which they are.
 */
export function timeOfClock(clock: number, zone: string): number {
  // Clocks are put forward or back once within two days at most.
  const [before, after] = [offsetAt(clock - DAY_MS, zone), offsetAt(clock + DAY_MS, zone)];
  const [first, second] = [clock - Math.max(before, after), clock - Math.min(before, after)];
  if (clockAt(first, zone) === clock) return first;
  if (clockAt(second, zone) === clock) return second;
  return changeBetween(first, second, zone);
}

/** `2026-12-01T09:00:00+01:00`: what the clocks of the zone show, and how far they are ahead of UTC. */
export function shownTime(ms: number, zone: string): string {
  const ahead = Math.round(offsetAt(ms, zone) / MINUTE_MS);
  const clock = new Date(clockAt(ms, zone)).toISOString().replace(/\.\d+Z$/, '');
  const digits = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.abs(ahead);
  return `${clock}${ahead < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

function offsetAt(ms: number, zone: string): number {
  return clockAt(ms, zone) - ms;
}

/** The first time after `from` at which the clocks are ahead of UTC as they are at `to`. */
function changeBetween(from: number, to: number, zone: string): number {
  const wanted = offsetAt(to, zone);
  let [before, since] = [from, to];
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (offsetAt(middle, zone) === wanted) since = middle;
    else before = middle;
  }
  return since;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const made =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(zone, made);
  return made;
}
