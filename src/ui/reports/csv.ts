import { stringify } from 'csv-stringify/sync';

/**
 * Records as CSV (RFC 4180), the columns first; nested values are JSON. What a spreadsheet would take for a formula begins
 * with an apostrophe there.
 */
export function csvReport(columns: readonly string[], records: readonly object[]): string {
  const rows = records.map((record) => {
    const values = new Map<string, unknown>(Object.entries(record));
    return columns.map((column) => cellOf(values.get(column)));
  });
  return stringify([columns, ...rows], { escape_formulas: true, record_delimiter: '\r\n' });
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
