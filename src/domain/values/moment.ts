/** The last time that ISO 8601 writes with a year of four digits. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const MOMENT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since 1970 of a time in ISO 8601 with its zone: `2026-12-01T09:00:00Z`, `2026-12-01T10:00+01:00`. Undefined
 * for anything else, also for a day that its month does not have.
 */
export function momentMs(text: string): number | undefined {
  const [, year, month, day] = MOMENT.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const ms = Date.parse(text);
  return date.getUTCDate() === Number(day) && isMoment(ms) ? ms : undefined;
}

/** Whether the milliseconds since 1970 are a time that can be written so. */
export function isMoment(ms: number): boolean {
  return ms >= 0 && ms <= LAST_MS;
}
