import { parseKeepingDigits, type KeptDigits } from '../../domain/values/whole-numbers.js';
import { asText, depthOf, isJsonObject, MAX_DEPTH, type Json, type JsonObject } from '../../domain/values/json.js';
import { messageOf } from '../../domain/errors.js';
import { movedNamesIn, objectsIn } from '../../domain/values/name-order.js';
import { ContentRefused } from './content-refused.js';

/** Cells of a table, or values in a JSON text, that are read at most. */
export const MAX_VALUES = 4_000_000;
/** Characters that the records of a table may have: each row repeats the names of its columns. */
const MAX_CHARACTERS = 100_000_000;

export const INSTEAD = 'Split it, or put it into a SQLite file and use run_sql';

/** A value from a text, and the names of its first object whose order it cannot keep. */
export interface ReadValue extends KeptDigits {
  moved?: string[] | undefined;
  /** Each is a sentence about the file, without its subject. */
  warnings?: string[] | undefined;
}

/** The value of a JSON text. Throws ContentRefused. */
export function readJson(text: string): ReadValue {
  if (countValues(text) > MAX_VALUES) throw tooManyValues();
  let kept: KeptDigits;
  try {
    kept = parseKeepingDigits(text);
  } catch (cause) {
    throw new ContentRefused(`it is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (depthOf(kept.value) > MAX_DEPTH) throw new ContentRefused(`it nests deeper than ${MAX_DEPTH} levels`);
  return { ...kept, moved: movedNamesIn(text) };
}

/** A list of the values that stand on lines of their own. Throws ContentRefused. */
export function readJsonLines(text: string): ReadValue {
  const values: Json[] = [];
  let count = 0;
  let first: string | undefined;
  let moved: string[] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    count += countValues(line);
    if (count > MAX_VALUES) throw tooManyValues();
    try {
      const kept = readJson(line);
      first ??= kept.first;
      moved ??= kept.moved;
      values.push(kept.value);
    } catch (error) {
      if (!(error instanceof ContentRefused)) throw error;
      throw new ContentRefused(`line ${index + 1}: ${error.message}. Each line must be one JSON value`, {
        cause: error,
      });
    }
  }
  return { value: values, first, moved };
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
  /** The names of the columns, each once. */
  names: string[];
  /** Each has a cell for each column. */
  rows: Json[][];
}

/** A table with the names in its first row; without a name a column is called by its place. Missing cells are null. */
export function toTable(cells: (Json | undefined)[][]): Table {
  const [header = [], ...body] = cells;
  refuseTooMany({ rows: cells.length, columns: header.length });
  const names = distinctNames(
    header.map((cell, column) =>
      cell === null || cell === undefined || cell === '' ? `column_${column + 1}` : asText(cell),
    ),
  );
  let characters = lengthOf(names) * body.length;
  const rows = body.map((row) => {
    characters += lengthOf(row);
    if (characters > MAX_CHARACTERS) {
      const why = 'each row repeats the names of the columns';
      throw new ContentRefused(`its rows have more than ${MAX_CHARACTERS} characters: ${why}. ${INSTEAD}`);
    }
    return names.map((_, column) => row[column] ?? null);
  });
  return { names, rows };
}

/** A list of objects as a table: the columns are their names, in the order in which `json`, its text, first has them. */
export function tableOf(value: Json, json: string): Table {
  if (!Array.isArray(value) || !value.every(isJsonObject)) {
    throw new ContentRefused('it is not a list of objects, so it has no columns. Convert it to JSON');
  }
  const names = new Set<string>();
  for (const object of objectsIn(json)) if (object.depth === 1) for (const name of object.names) names.add(name);
  refuseTooMany({ rows: value.length, columns: names.size });
  const rows = value.map((row) =>
    Array.from(names, (name) => (Object.hasOwn(row, name) ? row[name] : undefined) ?? null),
  );
  return { names: [...names], rows };
}

/** The rows as objects by the names of the columns. */
export function recordsOf({ names, rows }: Table): JsonObject[] {
  // fromEntries makes own keys even of names such as __proto__.
  return rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column] ?? null])));
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
