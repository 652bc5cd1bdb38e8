import type { Json } from '../../domain/values/json.js';
import type { Table } from './read-records.js';

/** A table as JSON: a list of objects with their names in the order of the columns. */
export function tableAsJson({ names, rows }: Table): string {
  const written = names.map((name) => JSON.stringify(name));
  const objectOf = (row: Json[]) =>
    `{${written.map((name, column) => `${name}:${JSON.stringify(row[column] ?? null)}`).join(',')}}`;
  return `[${rows.map(objectOf).join(',')}]\n`;
}

/** A table as CSV by RFC 4180, but for its line ends: commas, quotes where a cell needs them, nothing for null. */
export function tableAsCsv({ names, rows }: Table): string {
  return [names, ...rows].map((row) => `${lineOf(row)}\n`).join('');
}

function lineOf(row: Json[]): string {
  const line = row.map(cellOf).join(',');
  // An empty line is not a row.
  return line === '' ? '""' : line;
}

function cellOf(cell: Json): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
