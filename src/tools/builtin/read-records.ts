import { parseKeepingDigits, type KeptDigits } from '../../domain/values/whole-numbers.js';
import { asText, depthOf, MAX_DEPTH, type Json, type JsonObject } from '../../domain/values/json.js';
import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';

/** Cells of a table, or values in a JSON text, that are read at most. */
export const MAX_VALUES = 4_000_000;
/** Characters that the records of a table may have: each row repeats the names of its columns. */
const MAX_CHARACTERS = 100_000_000;

export const INSTEAD = 'Split it, or put it into a SQLite file and use run_sql';

export function readJson(text: string): KeptDigits {
  if (countValues(text) > MAX_VALUES) throw tooManyValues();
  let kept: KeptDigits;
  try {
    kept = parseKeepingDigits(text);
  } catch (cause) {
    throw new ContentRefused(`it is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (depthOf(kept.value) > MAX_DEPTH) throw new ContentRefused(`it nests deeper than ${MAX_DEPTH} levels`);
  return kept;
}

/** A list of the values that stand on lines of their own. Throws ContentRefused. */
export function readJsonLines(text: string): KeptDigits {
  const values: Json[] = [];
  let count = 0;
  let first: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    count += countValues(line);
    if (count > MAX_VALUES) throw tooManyValues();
    try {
      const kept = readJson(line);
      first ??= kept.first;
      values.push(kept.value);
    } catch (error) {
      if (!(error instanceof ContentRefused)) throw error;
      throw new ContentRefused(`line ${index + 1}: ${error.message}. Each line must be one JSON value`, {
        cause: error,
      });
    }
  }
  return { value: values, first };
}

function tooManyValues(): ContentRefused {
  return new ContentRefused(`it has more than ${MAX_VALUES} values. ${INSTEAD}`);
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

export function refuseTooMany({ rows, columns }: { rows: number; columns: number }): void {
  if (rows * columns <= MAX_VALUES) return;
  const size = `${rows} rows and ${columns} columns`;
  throw new ContentRefused(`it has ${size}, and at most ${MAX_VALUES} cells are read. ${INSTEAD}`);
}

export interface Table {
  records: JsonObject[];
  /** Each is a sentence about the file, without its subject: the file's name comes first. */
  warnings: string[];
  /** In their order, where the value cannot keep it. */
  columns?: string[] | undefined;
}

/** Rows as objects by the names in the first row; without a name a column is called by its place. */
export function toRecords(rows: (Json | undefined)[][]): Table {
  const [header = [], ...body] = rows;
  refuseTooMany({ rows: rows.length, columns: header.length });
  const names = distinctNames(
    header.map((cell, column) =>
      cell === null || cell === undefined || cell === '' ? `column_${column + 1}` : asText(cell),
    ),
  );
  let characters = lengthOf(names) * body.length;
  // fromEntries makes own keys even of names such as __proto__.
  const records = body.map((row) => {
    characters += lengthOf(row);
    if (characters > MAX_CHARACTERS) {
      const why = 'each row repeats the names of the columns';
      throw new ContentRefused(`its rows have more than ${MAX_CHARACTERS} characters: ${why}. ${INSTEAD}`);
    }
    return Object.fromEntries(names.map((name, column) => [name, row[column] ?? null]));
  });
  return keepsOrder(names) ? { records, warnings: [] } : { records, warnings: [orderWarning(names)], columns: names };
}

/** Names that are whole numbers come first in a value of JavaScript, whatever the order in the table. */
function keepsOrder(names: string[]): boolean {
  const inValue = Object.keys(Object.fromEntries(names.map((name) => [name, null])));
  return names.every((name, column) => name === inValue[column]);
}

/** Columns that a warning names. */
const MAX_NAMED = 30;

function orderWarning(names: string[]): string {
  const more = names.length > MAX_NAMED ? ', …' : '';
  const order = `${names.slice(0, MAX_NAMED).join(', ')}${more}`;
  return `has columns called by whole numbers, which come first in its value. In its order: ${order}.`;
}

/** The second column of a name gets ` (2)`, unless a column is called so already. */
function distinctNames(names: string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let count = counts.get(name) ?? 1;
    do count += 1;
    while (taken.has(`${name} (${count})`));
    counts.set(name, count);
    taken.add(`${name} (${count})`);
    return `${name} (${count})`;
  });
}

function lengthOf(cells: (Json | undefined)[]): number {
  return cells.reduce<number>((length, cell) => length + (typeof cell === 'string' ? cell.length : 0), 0);
}
