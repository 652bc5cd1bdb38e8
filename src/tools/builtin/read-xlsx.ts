import { InvalidInputError, InvalidSpreadsheetError, readSheet } from 'read-excel-file/universal';

import type { Json } from '../../domain/values/json.js';
import { isUnsafeWholeNumber } from '../../domain/values/whole-numbers.js';
import { ContentRefused } from './content-refused.js';
import { refuseTooMany, toRecords, type Table } from './read-records.js';
import { storeFiles, unzip } from './zip-files.js';

/**
 * The rows of the first sheet. Numbers and truth values keep their type, dates are ISO 8601, empty cells are null. A
 * whole number that a number cannot keep is a text; `first` is the first of them.
 */
export async function readXlsx(content: Buffer): Promise<Table & { first: string | undefined }> {
  const files = unzip(content, (name) => /\.xml(?:\.rels)?$/.test(name));
  refuseFarCells(files);
  const stored = storeFiles(files);
  try {
    let first: string | undefined;
    const parseNumber = (written: string) => {
      if (!isUnsafeWholeNumber(written)) return Number(written);
      first ??= written;
      return written;
    };
    const rows = await readSheet(new Blob([stored]), { parseNumber });
    return { ...toRecords(rows.map((row) => row.map(toCell))), first };
  } catch (error) {
    if (error instanceof ContentRefused) throw error;
    const known = error instanceof InvalidInputError || error instanceof InvalidSpreadsheetError;
    throw new ContentRefused(known ? error.message : `it is not a readable spreadsheet (${String(error)})`);
  }
}

function toCell(cell: unknown): Json {
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? cell : null;
}

/** The place of a cell that has content: one without is closed at once. */
const CELL = /<(?:\w+:)?c\s(?:[^<>]*\s)?r=["']([A-Z]+)(\d+)["'](?:[^<>]*[^<>/])?>/g;

/** One cell far away makes the reader fill everything before it. What this does not find, the limit of memory ends. */
function refuseFarCells(files: ReadonlyMap<string, Buffer>): void {
  const sheet = firstSheet(files);
  if (sheet === undefined) return;
  const extent = { rows: 0, columns: 0 };
  for (const [, column = '', row = ''] of sheet.matchAll(CELL)) {
    extent.rows = Math.max(extent.rows, Number(row));
    extent.columns = Math.max(extent.columns, columnNumber(column));
  }
  refuseTooMany(extent);
}

function firstSheet(files: ReadonlyMap<string, Buffer>): string | undefined {
  const text = (name: string) => files.get(name)?.toString('latin1') ?? '';
  const [, id] = /<(?:\w+:)?sheet\s[^<>]*\w+:id=["']([^"']+)["']/.exec(text('xl/workbook.xml')) ?? [];
  const relations = text('xl/_rels/workbook.xml.rels').match(/<(?:\w+:)?Relationship\s[^<>]*>/g) ?? [];
  const relation = relations.find((one) => one.includes(`Id="${id}"`) || one.includes(`Id='${id}'`));
  const [, target = ''] = /Target=["']([^"']+)["']/.exec(relation ?? '') ?? [];
  const name = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  return files.get(name)?.toString('latin1');
}

function columnNumber(letters: string): number {
  return Array.from(letters).reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
}
