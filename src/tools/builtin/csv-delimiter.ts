import { ContentRefused } from './content-refused.js';

const TAB = '\t';
const DELIMITERS = [',', ';', TAB, '|'];

/** What is looked at to find the delimiter. */
const SAMPLE_ROWS = 200;
const SAMPLE_CHARACTERS = 100_000;

const SEP_LINE = /^sep=(.)(?:\r|\n|$)/i;

/** The delimiter that a first line `sep=;` names, as Excel writes and reads it; that line is not a row. */
export function namedInText(text: string): string | undefined {
  return SEP_LINE.exec(text)?.[1];
}

/** A delimiter as people read and say it. */
export function shownDelimiter(delimiter: string): string {
  return delimiter === TAB ? 'tab' : JSON.stringify(delimiter);
}

/** A delimiter as people say it. */
export function saidDelimiter(said: string): string {
  if (said === 'tab' || said === '\\t') return TAB;
  if (said.length === 1 && !/["\r\n]/.test(said)) return said;
  throw new ContentRefused(
    `the delimiter ${JSON.stringify(said)} is not one character. Say delimiter=";", delimiter=tab or another one`,
  );
}

/**
 * What parts the cells: of the delimiters in the first row the one that most rows have as often as it; of several, the
 * one that parts more. Throws ContentRefused when two do equally well.
 */
export function findDelimiter(text: string): string {
  const [header, ...body] = countsByRow(text);
  if (header === undefined) return ',';
  if (!header.some((count) => count > 0)) return mostUsed(body);
  const found = DELIMITERS.map((delimiter, index) => {
    const count = header[index] ?? 0;
    return { delimiter, count, fitting: count === 0 ? -1 : body.filter((row) => row[index] === count).length };
  }).toSorted((a, b) => b.fitting - a.fitting || b.count - a.count);
  const [best, next] = found;
  if (best !== undefined && next !== undefined && best.fitting === next.fitting && best.count === next.count) {
    throw separatedByBoth(best.delimiter, next.delimiter);
  }
  return best?.delimiter ?? ',';
}

/** The tab, for a name that ends in .tsv. Throws ContentRefused when no row has one, and another delimiter fits every row. */
export function tabUnlessOther(text: string): string {
  const rows = countsByRow(text);
  const countOf = (row: number[] | undefined, delimiter: string) => row?.[DELIMITERS.indexOf(delimiter)] ?? 0;
  const hasTab = rows.some((row) => countOf(row, TAB) > 0);
  const fits = (delimiter: string) => {
    const count = countOf(rows[0], delimiter);
    return count > 0 && rows.every((row) => countOf(row, delimiter) === count);
  };
  const other = hasTab || rows.length < 2 ? undefined : DELIMITERS.find(fits);
  if (other !== undefined) throw separatedByBoth(other, TAB);
  return TAB;
}

function separatedByBoth(...delimiters: [string, string]): ContentRefused {
  const [one, other] = delimiters.map(shownDelimiter);
  return new ContentRefused(
    `its cells can be separated by ${one} or ${other}. Say which: delimiter=${one} or delimiter=${other}`,
  );
}

/** Below a first row of one cell: a delimiter in most rows makes them too long, and the error says so. */
function mostUsed(body: number[][]): string {
  const used = (index: number) => body.filter((row) => (row[index] ?? 0) > 0).length;
  const index = DELIMITERS.findIndex((_, at) => used(at) * 2 > body.length);
  return DELIMITERS[index] ?? ',';
}

/** How often each row of the sample has each delimiter outside quotes. */
function countsByRow(text: string): number[][] {
  const rows: number[][] = [];
  const none = DELIMITERS.map(() => 0);
  let row = [...none];
  let length = 0;
  let inQuotes = false;
  /** A quote here opens a cell, or is the second of two. */
  let mayQuote = true;
  const end = () => {
    if (length > 0) rows.push(row);
    row = [...none];
    length = 0;
  };
  const sample = text.slice(0, SAMPLE_CHARACTERS);
  for (const character of sample) {
    const isQuote: boolean = character === '"' && (inQuotes || mayQuote);
    // A quote that is written twice changes it there and back.
    if (isQuote) inQuotes = !inQuotes;
    if (!inQuotes && (character === '\n' || character === '\r')) {
      end();
      mayQuote = true;
      if (rows.length === SAMPLE_ROWS) return rows;
      continue;
    }
    length += 1;
    const index = inQuotes ? -1 : DELIMITERS.findIndex((delimiter) => delimiter === character);
    if (index !== -1) row[index] = (row[index] ?? 0) + 1;
    mayQuote = isQuote || index !== -1;
  }
  // What is cut off is not counted.
  if (sample.length === text.length || rows.length === 0) end();
  return rows;
}
