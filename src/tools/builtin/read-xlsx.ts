import { InvalidInputError, InvalidSpreadsheetError, readSheet } from 'read-excel-file/universal';

import type { Json } from '../../domain/values/json.js';
import { isUnsafeWholeNumber } from '../../domain/values/whole-numbers.js';
import { ContentRefused } from './content-refused.js';
import { refuseTooMany, toTable, type Table } from './read-records.js';
import { plainSheet } from './xlsx-cells.js';
import { timeFormat } from './xlsx-times.js';
import {
  chooseSheet,
  countsFrom1904,
  listSheets,
  numberFormats,
  sheetsOf,
  type Sheet,
  type XmlFiles,
} from './xlsx-workbook.js';
import { columnNumber, plainXml, withPlaces } from './xlsx-xml.js';
import { storeFiles, unzip } from './zip-files.js';

/** A table, and what was found out about the file on the way. */
export interface SheetTable extends Table {
  /** The first whole number that a number cannot keep: such numbers are texts. */
  first: string | undefined;
  summary: string;
  warnings: string[];
}

/**
 * The rows of a sheet: the one that is said, else the first with cells that is not hidden. Numbers and truth values keep
 * their type; dates, times of day and durations are ISO 8601; empty cells are null.
 */
export async function readXlsx(content: Buffer, said?: string): Promise<SheetTable> {
  const files = unzip(content, (name) => /\.xml(?:\.rels)?$/.test(name));
  for (const [name, xml] of files) files.set(name, plainXml(xml));
  const sheets = sheetsOf(files);
  const bytesOf = (file: string) => withPlaces(files.get(file)?.toString('latin1') ?? '');
  const hasCells = (file: string) => bytesOf(file).search(CELL) !== -1;
  const sheet = chooseSheet(sheets, said, hasCells);
  const warnings: string[] = [];
  if (sheet.file !== undefined) {
    const bytes = bytesOf(sheet.file);
    refuseFarCells(bytes);
    const rules = { formats: numberFormats(files).map(timeFormat), from1904: countsFrom1904(files) };
    const plain = plainSheet(bytes, rules);
    files.set(sheet.file, Buffer.from(plain.xml, 'latin1'));
    warnings.push(...plain.warnings);
  }
  const others = sheets.filter(({ file, place }) => place !== sheet.place && file !== undefined && hasCells(file));
  if (said === undefined && others.length > 0) warnings.push(otherSheets(sheets, sheet));
  const { rows, first } = await readRows(files, sheet.place);
  return {
    ...toTable(rows),
    warnings,
    first,
    summary: `Sheet ${JSON.stringify(sheet.name)} of ${listSheets(sheets)}`,
  };
}

function otherSheets(sheets: Sheet[], { name }: Sheet): string {
  return `has the sheets ${listSheets(sheets)}; ${JSON.stringify(name)} was read. Say another one with sheet=NAME.`;
}

async function readRows(files: XmlFiles, place: number): Promise<{ rows: Json[][]; first: string | undefined }> {
  let first: string | undefined;
  const parseNumber = (written: string) => {
    if (!isUnsafeWholeNumber(written)) return Number(written);
    first ??= written;
    return written;
  };
  try {
    const rows = await readSheet(new Blob([storeFiles(files)]), place, { parseNumber, trim: false });
    return { rows: rows.map((row) => row.map(toCell)), first };
  } catch (error) {
    const known = error instanceof InvalidInputError || error instanceof InvalidSpreadsheetError;
    throw new ContentRefused(known ? error.message : `it is not a readable spreadsheet (${String(error)})`);
  }
}

function toCell(cell: unknown): Json {
  if (cell === '') return null;
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? cell : null;
}

/** The place of a cell that has content: one without is closed at once. */
const CELL = /<(?:\w+:)?c\s(?:[^<>]*\s)?r=["']([A-Z]+)(\d+)["'](?:[^<>]*[^<>/])?>/g;

/** One cell far away makes the reader fill everything before it. What this does not find, the limit of memory ends. */
function refuseFarCells(sheet: string): void {
  const extent = { rows: 0, columns: 0 };
  for (const [, column = '', row = ''] of sheet.matchAll(CELL)) {
    extent.rows = Math.max(extent.rows, Number(row));
    extent.columns = Math.max(extent.columns, columnNumber(column));
  }
  refuseTooMany(extent);
}
