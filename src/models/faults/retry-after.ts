interface RetrySources {
  headers: Headers;
  /** Body of the answer, as it came. */
  body: string;
  now: Date;
}

/**
 * Milliseconds until a server takes requests again; undefined when it does not say so, or nonsense. The end of its
 * limits counts only for a request that came too often.
 */
export function readRetryAfter(sources: RetrySources & { isRateLimit: boolean }): number | undefined {
  return (
    fromRetryHeaders(sources) ?? fromBody(sources.body) ?? (sources.isRateLimit ? fromResetHeaders(sources) : undefined)
  );
}

function fromRetryHeaders({ headers, now }: RetrySources): number | undefined {
  const millis = headers.get('retry-after-ms')?.trim() ?? '';
  if (NUMBER.test(millis)) return Math.ceil(Number(millis));
  const text = headers.get('retry-after')?.trim() ?? '';
  if (NUMBER.test(text)) return Math.ceil(Number(text) * 1000);
  return untilDate(text, now);
}

const NUMBER = /^\d+(\.\d+)?$/;

// Only the spellings of HTTP and ISO 8601: Date.parse alone takes "-5" for a year.
function untilDate(text: string, now: Date): number | undefined {
  const isDate = /^[A-Za-z]{3,9}, /.test(text) || /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(text);
  const date = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

const IN_WORDS =
  /(?:try again|retry|retrying|wait|resets?|available)(?: again)?(?: (?:in|after|for))? (?:about |another |at least )?((?:\d+(?:\.\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?)(?![a-z])\s?(?:and )?)+)/i;
// Google's RetryInfo, and what Hugging Face says of a model that is being loaded.
const IN_FIELDS: readonly RegExp[] = [
  /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?s)"/,
  /"(?:estimated_time|retry_after)"\s*:\s*"?(\d+(?:\.\d+)?)/,
];

function fromBody(body: string): number | undefined {
  const field = IN_FIELDS.map((form) => form.exec(body)?.[1]).find((written) => written !== undefined);
  return durationOf(field ?? IN_WORDS.exec(body)?.[1] ?? '');
}

/** By the first letter. */
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `6m0s`, `1.5s`, `20 ms`, `2 minutes`; a number alone is seconds. */
function durationOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Math.ceil(Number(text) * 1000);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s?([a-z]+)/gi)];
  if (parts.length === 0) return undefined;
  return Math.ceil(parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * unitOf(unit.toLowerCase()), 0));
}

function unitOf(name: string): number {
  return /^m(s|illi)/.test(name) ? 1 : (UNITS[name.charAt(0)] ?? 0);
}

const RESET = /^(?:x-|anthropic-)?ratelimit-?(?:reset(?:-.*)?|.*-reset)$/;

/** Of several limits, those count that are used up. */
function fromResetHeaders({ headers, now }: RetrySources): number | undefined {
  const isUsedUp = (name: string) => Number(headers.get(name.replace('reset', 'remaining')) ?? 0) === 0;
  const resets = [...headers]
    .filter(([name]) => RESET.test(name) && isUsedUp(name))
    .map(([, text]) => untilReset(text.trim(), now))
    .filter((ms) => ms !== undefined);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** Milliseconds until the end of a limit: a duration, a date, seconds, or a time since 1970 in seconds or milliseconds. */
export function untilReset(text: string, now: Date): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : 0;
  if (number > 1e11) return Math.max(0, number - now.getTime());
  if (number > 1e9) return Math.max(0, number * 1000 - now.getTime());
  return untilDate(text, now) ?? durationOf(text);
}
