const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `320 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`, `2 d 4 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < SECOND) return `${ms} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  const [seconds, minutes] = [rounded(ms, SECOND), rounded(ms, MINUTE)];
  if (seconds < HOUR) return two(seconds, { unit: MINUTE, name: 'min', part: SECOND, partName: 's' });
  if (minutes < DAY) return two(minutes, { unit: HOUR, name: 'h', part: MINUTE, partName: 'min' });
  return two(rounded(ms, HOUR), { unit: DAY, name: 'd', part: HOUR, partName: 'h' });
}

function rounded(ms: number, unit: number): number {
  return Math.round(ms / unit) * unit;
}

/** The same without seconds where there are minutes, for a narrow place: `3 s`, `14 min`, `2 h 14 min`. */
export function roundedDuration(milliseconds: number): string {
  const whole = milliseconds < MINUTE ? SECOND : MINUTE;
  return duration(Math.round(milliseconds / whole) * whole).replace('.0 s', ' s');
}

/** How long something takes already: `7 s`, `2 min 5 s`; empty in its first second. */
export function waited(milliseconds: number): string {
  if (milliseconds < SECOND) return '';
  return milliseconds < MINUTE ? `${Math.floor(milliseconds / SECOND)} s` : duration(milliseconds);
}

function two(ms: number, units: { unit: number; name: string; part: number; partName: string }): string {
  const rest = Math.floor((ms % units.unit) / units.part);
  const whole = `${Math.floor(ms / units.unit)} ${units.name}`;
  return rest === 0 ? whole : `${whole} ${rest} ${units.partName}`;
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. Takes ISO 8601; anything else is shown as `-`. */
export function timeAgo(time: string, now: Date): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return '-';
  const ms = now.getTime() - at;
  // A clock that was set back would otherwise show times in the future.
  if (ms < MINUTE) return ms < -MINUTE ? time.slice(0, 10) : 'just now';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return ms < 30 * DAY ? `${Math.floor(ms / DAY)} d ago` : time.slice(0, 10);
}

/** Milliseconds between two ISO times; undefined when one is missing or not a time. */
export function between(start: string, end: string | null): number | undefined {
  const ms = end === null ? Number.NaN : Date.parse(end) - Date.parse(start);
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
