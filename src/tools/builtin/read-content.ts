import { columnsInOrder, keepsOrder, orderChanged } from '../../domain/values/name-order.js';
import { decode, decodeTable } from './decode-content.js';
import type { FileContent, ContentJob, ReadOptions } from './file-content.js';
import { readCsv } from './read-csv.js';
import { readJson, readJsonLines, recordsOf, tableOf, type ReadValue, type Table } from './read-records.js';

/** The value of a file's content, or the text that is wanted instead of it. Throws ContentRefused. */
export async function readContent({ kind, content, options }: ContentJob): Promise<FileContent> {
  switch (kind) {
    case 'text':
      return { value: decode(content, options.encoding) };
    case 'csv':
    case 'tsv': {
      const { text, warnings } = decodeTable(content, options.encoding);
      const read = await readCsv(text, { kind, said: options.delimiter });
      return tableContent({ ...read, warnings: [...warnings, ...read.warnings] }, options);
    }
    case 'json':
    case 'json-lines':
    case 'yaml': {
      const text = decode(content, options.encoding);
      const read = await readValue(kind, text);
      return options.as === undefined ? ordered(read) : writtenContent(kind, { ...read, text }, options);
    }
  }
}

type ValueKind = 'json' | 'json-lines' | 'yaml';

async function readValue(kind: ValueKind, text: string): Promise<ReadValue> {
  if (kind === 'json') return readJson(text);
  if (kind === 'json-lines') return readJsonLines(text);
  const { readYaml } = await import('./read-yaml.js');
  return readYaml(text);
}

type ReadTable = Table & Omit<FileContent, 'value'>;

/** The rows of a table, or the text that is wanted instead of them. */
export async function tableContent({ names, rows, ...rest }: ReadTable, { as }: ReadOptions): Promise<FileContent> {
  if (as === undefined) {
    return ordered({ ...rest, value: recordsOf({ names, rows }), moved: keepsOrder(names) ? undefined : names });
  }
  const { tableAsCsv, tableAsJson } = await import('./write-table.js');
  // Every cell of CSV is a text.
  return as === 'csv'
    ? { ...rest, value: tableAsCsv({ names, rows }), first: undefined }
    : { ...rest, value: tableAsJson({ names, rows }) };
}

/** JSON is written as it is, so that nothing is moved or changed in it. */
async function writtenContent(
  kind: ValueKind,
  { text, value, ...rest }: ReadValue & { text: string },
  options: ReadOptions,
): Promise<FileContent> {
  const json = kind === 'json' ? text.trim() : kind === 'json-lines' ? listOfLines(text) : JSON.stringify(value);
  const lost = kind === 'yaml' ? rest : {};
  if (options.as === 'json') return ordered({ ...lost, value: `${json}\n` });
  return tableContent({ ...tableOf(value, json), ...ordered({ ...lost, value }) }, options);
}

function listOfLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return `[${lines.join(',')}]`;
}

/** With a warning where the value could not keep the order of names, and the order. */
function ordered({ moved, ...content }: FileContent & ReadValue): FileContent {
  if (moved === undefined) return content;
  const { warnings = [], summary } = content;
  return {
    ...content,
    warnings: [...warnings, orderChanged(moved)],
    summary: summary === undefined ? columnsInOrder(moved) : `${summary}. ${columnsInOrder(moved)}`,
  };
}
