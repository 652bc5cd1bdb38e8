import { asText, type Json, type JsonObject } from '../../domain/json.js';

/** A table that cannot be read without losing something; the message is for people. */
export class TableRefused extends Error {}

/** The rows of a CSV text as objects by the names in its first row. Cells stay text: "007" is no number. */
export async function readCsv(text: string): Promise<JsonObject[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  try {
    const rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: false });
    return toRecords(rows);
  } catch (error) {
    if (error instanceof CsvError) throw new TableRefused(error.message);
    throw error;
  }
}

/** The rows of the first sheet. Numbers and truth values keep their type, dates are ISO 8601, empty cells are null. */
export async function readXlsx(content: Buffer): Promise<JsonObject[]> {
  assertExpandsTo(content, MAX_EXPANDED_BYTES);
  const { InvalidInputError, InvalidSpreadsheetError, readSheet } = await import('read-excel-file/node');
  try {
    const rows = await readSheet(content);
    return toRecords(rows.map((row) => row.map(toCell)));
  } catch (error) {
    if (error instanceof TableRefused) throw error;
    const known = error instanceof InvalidInputError || error instanceof InvalidSpreadsheetError;
    throw new TableRefused(known ? error.message : `it is no readable spreadsheet (${String(error)})`);
  }
}

function toCell(cell: unknown): Json {
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? cell : null;
}

const MAX_EXPANDED_BYTES = 200_000_000;

/** Spreadsheets are zip files: a few kilobytes can unpack to gigabytes. Adds up what their directory announces. */
function assertExpandsTo(content: Buffer, limit: number): void {
  const entry = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  let total = 0;
  for (let at = content.indexOf(entry); at !== -1 && at + 28 <= content.length; at = content.indexOf(entry, at + 28)) {
    total += content.readUInt32LE(at + 24);
  }
  if (total > limit) throw new TableRefused(`it unpacks to more than ${limit} bytes`);
}

function toRecords(rows: (Json | undefined)[][]): JsonObject[] {
  const [header = [], ...body] = rows;
  const names = header.map((cell, column) =>
    cell === null || cell === undefined || cell === '' ? `column_${column + 1}` : asText(cell),
  );
  const twice = names.find((name, column) => names.indexOf(name) !== column);
  if (twice !== undefined) throw new TableRefused(`two columns are called ${JSON.stringify(twice)}`);
  // fromEntries makes own keys even of names such as __proto__.
  return body.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column] ?? null])));
}
