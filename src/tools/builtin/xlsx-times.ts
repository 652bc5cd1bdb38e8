/** What a number format shows of a number of days. */
export type TimeFormat = 'day' | 'moment' | 'time' | 'duration';

const DAY = 86_400_000;

/** The formats without a code of their own: those of every language, then those of East Asia and of Thailand. */
const KNOWN: [from: number, to: number, format: TimeFormat][] = [
  [14, 17, 'day'],
  [18, 21, 'time'],
  [22, 22, 'moment'],
  [27, 31, 'day'],
  [32, 35, 'time'],
  [36, 36, 'day'],
  [45, 45, 'time'],
  [46, 46, 'duration'],
  [47, 47, 'time'],
  [50, 58, 'day'],
  [71, 74, 'day'],
  [75, 76, 'time'],
  [77, 77, 'moment'],
  [78, 78, 'time'],
  [79, 79, 'duration'],
  [80, 80, 'time'],
  [81, 81, 'day'],
];

/** Undefined when the format shows a number. */
export function timeFormat({ id, code }: { id: number; code: string | undefined }): TimeFormat | undefined {
  if (code === undefined) return KNOWN.find(([from, to]) => from <= id && id <= to)?.[2];
  // Without texts, characters that are shown as they are, and what holds for texts or negative numbers only.
  const [plain = ''] = code
    .toLowerCase()
    .replaceAll(/"[^"]*"|\\.|[_*]./g, ' ')
    .split(';');
  if (/\[(?:h+|m+|s+)\]/.test(plain)) return 'duration';
  const shown = plain
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/am\/pm|a\/p/g, 'h')
    .replaceAll(/([hms])[.,]0+/g, '$1');
  if (/[0#?%@]|general/.test(shown)) return undefined;
  const hasClock = /[hs]/.test(shown);
  if (/[yde]|mmm/.test(shown)) return hasClock ? 'moment' : 'day';
  if (hasClock) return 'time';
  return /m/.test(shown) ? 'day' : undefined;
}

/** A number of days as text, to the millisecond; undefined when spreadsheets cannot show it as a time. */
export function timeText(days: number, format: TimeFormat, from1904: boolean): string | undefined {
  const milliseconds = Math.round(days * DAY);
  // The year 9999 ends before.
  if (!(Math.abs(days) < 2_958_466)) return undefined;
  if (format === 'duration') return durationText(milliseconds);
  if (milliseconds < 0) return undefined;
  if (milliseconds < DAY && (format === 'time' || !from1904)) return clockText(milliseconds);
  const moment = new Date(firstDay(milliseconds, from1904) + milliseconds).toISOString();
  // A time that the format hides is kept.
  return format === 'day' && milliseconds % DAY === 0 ? moment.slice(0, -'T00:00:00.000Z'.length) : moment;
}

function firstDay(milliseconds: number, from1904: boolean): number {
  if (from1904) return Date.UTC(1904, 0, 1);
  // Spreadsheets have a 29th of February in 1900.
  return Date.UTC(1899, 11, milliseconds < 60 * DAY ? 31 : 30);
}

/** A cell that has its time in ISO 8601, in the form of all others; as it is when it has none that is known. */
export function isoTime(written: string): string {
  const [, day, clock] = /^(?:(\d{4}-\d\d-\d\d))?(?:T?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?Z?$/.exec(written) ?? [];
  if (day !== undefined && clock === undefined) return day;
  const moment = new Date(`${day ?? '1970-01-01'}T${clock ?? ''}Z`);
  if (Number.isNaN(moment.getTime())) return written;
  return day === undefined ? clockText(moment.getTime()) : moment.toISOString();
}

/** 10:30:00, with milliseconds where there are any. */
function clockText(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .slice(11, -1)
    .replace(/\.000$/, '');
}

/** ISO 8601 in hours: PT36H, PT1H30M, PT0S. */
function durationText(milliseconds: number): string {
  const total = Math.abs(milliseconds);
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = (total % 60_000) / 1000;
  const parts = [hours > 0 && `${hours}H`, minutes > 0 && `${minutes}M`, seconds > 0 && `${seconds}S`].filter(Boolean);
  return `${milliseconds < 0 ? '-' : ''}PT${parts.length === 0 ? '0S' : parts.join('')}`;
}
