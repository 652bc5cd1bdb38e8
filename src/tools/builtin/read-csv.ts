import { ContentRefused } from './content-refused.js';
import { countCells } from './csv-cells.js';
import { findDelimiter, namedInText, saidDelimiter, shownDelimiter, tabUnlessOther } from './csv-delimiter.js';
import { INSTEAD, MAX_VALUES, toTable, type Table } from './read-records.js';

/**
 * The rows of a CSV text, with the names in its first one. Cells stay text: "007" is not a number. What parts the
 * cells is found from the text unless it is said. In a .tsv file it is the tab, unless a first line `sep=;` names another.
 */
export async function readCsv(
  text: string,
  { kind, said }: { kind: 'csv' | 'tsv'; said: string | undefined },
): Promise<Table & { warnings: string[] }> {
  const { CsvError, parse } = await import('csv-parse/sync');
  const named = namedInText(text);
  const find = kind === 'tsv' ? tabUnlessOther : findDelimiter;
  const delimiter = said === undefined ? (named ?? find(text)) : saidDelimiter(said);
  if (countCells(text, delimiter) > MAX_VALUES) {
    throw new ContentRefused(`it has more than ${MAX_VALUES} cells (rows × columns). ${INSTEAD}`);
  }
  const widths = new RowWidths(delimiter);
  try {
    const rows = parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      skip_empty_lines: true,
      relax_column_count: true,
      from_line: named === undefined ? 1 : 2,
      on_record: (row: string[], { lines }) => (widths.isRow(row, lines) ? row : null),
    });
    return { ...toTable(rows), warnings: widths.warnings() };
  } catch (error) {
    if (error instanceof CsvError) throw new ContentRefused(error.message);
    throw error;
  }
}

/** Compares rows with the first one, while it is known on which line they are. */
class RowWidths {
  readonly #delimiter: string;
  #width: number | undefined;
  #short = 0;
  #firstShort = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** False for a line of spaces. Throws ContentRefused when the row has cells without a column. */
  isRow(row: string[], line: number): boolean {
    this.#width ??= row.length;
    if (row.length === this.#width) return true;
    if (row.length > this.#width) throw this.#tooLong(row.length, line);
    if (row.length === 1 && row[0]?.trim() === '') return false;
    if (this.#short === 0) this.#firstShort = line;
    this.#short += 1;
    return true;
  }

  warnings(): string[] {
    if (this.#short === 0) return [];
    const rows = this.#short === 1 ? 'a row' : `${this.#short} rows`;
    const which = `${this.#short === 1 ? 'on' : 'the first on'} line ${this.#firstShort}`;
    return [`has ${rows} with fewer cells than the first row (${which}); what is missing there is null.`];
  }

  #tooLong(cells: number, line: number): ContentRefused {
    const shown = shownDelimiter(this.#delimiter);
    const names = this.#width === 1 ? '1 column' : `${this.#width} columns`;
    const cure = `Correct that line (a cell with ${shown} in it needs quotes), or say another delimiter`;
    return new ContentRefused(`line ${line} has ${cells} cells, but the first row names ${names}. ${cure}`);
  }
}
