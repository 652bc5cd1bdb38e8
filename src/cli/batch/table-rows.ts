import type { PlanInput } from '../../domain/plan/plan.js';
import { asText, setOwn, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { listedValues, namedTypesOf, readTyped } from '../../domain/values/typed-text.js';
import type { BatchLine } from './batch-lines.js';

interface TableRows {
  rows: BatchLine[];
  /** A sentence about columns that are not read. */
  leftOut: string | undefined;
}

/** Rows as inputs of a plan: columns that it has no input for are left out, and so are empty cells. */
export function readRows(records: readonly JsonObject[], inputs: readonly PlanInput[]): TableRows {
  const known = new Map(inputs.map((input) => [bareName(input.name), input]));
  const columns = Object.keys(records[0] ?? {});
  const rows = records.map((record, index): BatchLine => {
    const values: JsonObject = {};
    for (const column of columns) {
      const input = known.get(inputName(column));
      const value = input === undefined ? undefined : valueOf(record[column] ?? null, input.schema);
      if (value !== undefined) setOwn(values, column, value);
    }
    return { number: index + 1, part: 'row', values };
  });
  return {
    rows,
    leftOut: leftOutOf(
      columns.filter((column) => !known.has(inputName(column))),
      known.keys(),
    ),
  };
}

function inputName(column: string): string {
  return bareName(column.trim());
}

/** A cell as the input takes it: text where it takes text, else the number or truth value; undefined for none. */
function valueOf(cell: Json, schema: JsonSchema | undefined): Json | undefined {
  if (cell === null || schema === undefined) return cell ?? undefined;
  const types = namedTypesOf(schema);
  const takesText = listedValues(schema) === undefined && (types.size === 0 || types.has('string'));
  if (typeof cell !== 'string') return types.size > 0 && [...types].every(isText) ? asText(cell) : cell;
  if (cell.trim() === '' && !takesText) return undefined;
  return readTyped(cell, schema) ?? cell;
}

function isText(type: string): boolean {
  return type === 'string' || type === 'null';
}

/** Columns that a sentence names. */
const MAX_NAMED = 10;

function leftOutOf(columns: string[], known: Iterable<string>): string | undefined {
  if (columns.length === 0) return undefined;
  const names = [...known];
  const named = columns.slice(0, MAX_NAMED).map((column) => {
    const near = nearestName(column, names);
    return near === undefined ? JSON.stringify(column) : `${JSON.stringify(column)} (did you mean ${near}?)`;
  });
  const more = columns.length > MAX_NAMED ? ` and ${columns.length - MAX_NAMED} more` : '';
  const [what, so] = columns.length === 1 ? ['the column', 'it is'] : ['the columns', 'they are'];
  return `the plan has no input for ${what} ${named.join(', ')}${more}, so ${so} left out.`;
}
