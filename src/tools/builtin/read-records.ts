import { parseKeepingDigits, type KeptDigits } from '../../domain/values/whole-numbers.js';
import { asText, depthOf, MAX_DEPTH, type Json, type JsonObject } from '../../domain/values/json.js';
import { messageOf } from '../../domain/errors.js';

/** Content that cannot be read without losing something, or is too much; the message is for people. */
export class ContentRefused extends Error {}

/** Cells of a table, or values in a JSON text, that are read at most. */
const MAX_VALUES = 4_000_000;
/** Characters that the records of a table may have: each row repeats the names of its columns. */
const MAX_CHARACTERS = 100_000_000;

const INSTEAD = 'Split it, or put it into a SQLite file and use run_sql';

export function decode(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw new ContentRefused('it is not UTF-8 text', { cause });
  }
}

export function readJson(text: string): KeptDigits {
  if (countValues(text) > MAX_VALUES) throw new ContentRefused(`it has more than ${MAX_VALUES} values. ${INSTEAD}`);
  let kept: KeptDigits;
  try {
    kept = parseKeepingDigits(text);
  } catch (cause) {
    throw new ContentRefused(`it is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (depthOf(kept.value) > MAX_DEPTH) throw new ContentRefused(`it nests deeper than ${MAX_DEPTH} levels`);
  return kept;
}

/** The values of a JSON text, before memory is spent on them: one behind each comma, and one in each bracket. */
function countValues(text: string): number {
  let count = 1;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') inText = !inText;
    else if (inText && character === '\\') at += 1;
    else if (!inText && (character === ',' || character === '[' || character === '{')) count += 1;
  }
  return count;
}

/** The rows of a CSV text as objects by the names in its first row. Cells stay text: "007" is not a number. */
export async function readCsv(text: string): Promise<JsonObject[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  if (countCells(text) > MAX_VALUES) {
    throw new ContentRefused(`it has more than ${MAX_VALUES} cells (rows × columns). ${INSTEAD}`);
  }
  try {
    const rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: false });
    return toRecords(rows);
  } catch (error) {
    if (error instanceof CsvError) throw new ContentRefused(error.message);
    throw error;
  }
}

/** The cells of a CSV text, before memory is spent on them. */
function countCells(text: string): number {
  let count = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    // A quote that is written twice changes it there and back.
    if (character === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (character === ',' || character === '\n')) count += 1;
  }
  return count;
}

export function refuseTooMany({ rows, columns }: { rows: number; columns: number }): void {
  if (rows * columns <= MAX_VALUES) return;
  const size = `${rows} rows and ${columns} columns`;
  throw new ContentRefused(`it has ${size}, and at most ${MAX_VALUES} cells are read. ${INSTEAD}`);
}

export function toRecords(rows: (Json | undefined)[][]): JsonObject[] {
  const [header = [], ...body] = rows;
  refuseTooMany({ rows: rows.length, columns: header.length });
  const names = header.map((cell, column) =>
    cell === null || cell === undefined || cell === '' ? `column_${column + 1}` : asText(cell),
  );
  refuseTwice(names);
  let characters = lengthOf(names) * body.length;
  // fromEntries makes own keys even of names such as __proto__.
  return body.map((row) => {
    characters += lengthOf(row);
    if (characters > MAX_CHARACTERS) {
      const why = 'each row repeats the names of the columns';
      throw new ContentRefused(`its rows have more than ${MAX_CHARACTERS} characters: ${why}. ${INSTEAD}`);
    }
    return Object.fromEntries(names.map((name, column) => [name, row[column] ?? null]));
  });
}

function refuseTwice(names: string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new ContentRefused(`two columns are called ${JSON.stringify(name)}`);
    seen.add(name);
  }
}

function lengthOf(cells: (Json | undefined)[]): number {
  return cells.reduce<number>((length, cell) => length + (typeof cell === 'string' ? cell.length : 0), 0);
}
