import { decode, decodeTable } from './decode-content.js';
import type { FileContent, ReadJob } from './file-content.js';
import { readCsv } from './read-csv.js';
import { readJson, readJsonLines } from './read-records.js';

/** The value of a file's content. Throws ContentRefused. */
export async function readContent({ kind, content, options }: ReadJob): Promise<FileContent> {
  switch (kind) {
    case 'text':
      return { value: decode(content, options.encoding) };
    case 'json':
      return readJson(decode(content, options.encoding));
    case 'json-lines':
      return readJsonLines(decode(content, options.encoding));
    case 'yaml': {
      const { readYaml } = await import('./read-yaml.js');
      return readYaml(decode(content, options.encoding));
    }
    case 'csv':
    case 'tsv': {
      const { text, warnings } = decodeTable(content, options.encoding);
      const table = await readCsv(text, options.delimiter ?? (kind === 'tsv' ? 'tab' : undefined));
      const summary = table.columns && `Columns: ${table.columns.join(', ')}`;
      return { value: table.records, warnings: [...warnings, ...table.warnings], summary };
    }
    case 'xlsx': {
      const { readXlsx } = await import('./read-xlsx.js');
      const { records, ...rest } = await readXlsx(Buffer.from(content), options.sheet);
      return { value: records, ...rest };
    }
  }
}
