import { extname } from 'node:path';

import { parseDocument } from '../../documents/parse-document.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, portiaTyped } from '../../domain/next-step.js';
import type { PlanInput } from '../../domain/plan/plan.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { isJsonObject, MAX_DEPTH, type JsonObject } from '../../domain/values/json.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { ContentRefused } from '../../tools/builtin/content-refused.js';
import { readFileContent, warningsOf } from '../../tools/builtin/read-file-content.js';
import type { Session } from '../session/session.js';
import { readBatchLines, type BatchLine } from './batch-lines.js';
import { readRows } from './table-rows.js';

/** What the parts of a batch are called. */
export type BatchPart = NonNullable<BatchLine['part']> | 'line';

export interface BatchSource {
  part: BatchPart;
  /** How many there are; undefined where only reading them tells. Rejects as reading them does. */
  count(): Promise<number | undefined>;
  /** Until the end, or until the signal is aborted. */
  read(signal: AbortSignal): AsyncIterable<BatchLine>;
}

/**
 * A batch by the ending of its name: a table, a list in JSON or YAML, else lines. Lines are opened at once, so that two
 * readers of standard input are refused. Reading rejects with a PortiaError `invalid-input`.
 */
export function openBatch(session: Session, file: string): (inputs: readonly PlanInput[]) => Promise<BatchSource> {
  const kind = kindOf(session, file);
  if (kind === 'list') return async () => given('entry', await readList(session, file));
  if (kind !== 'lines') return async (inputs) => given('row', await readTable(session, file, { kind, inputs }));
  const stream = session.openText(file);
  return async () => ({
    part: 'line',
    count: async () => (file === '-' ? undefined : countLines(session, file)),
    read: (signal) => readBatchLines(stream, { signal }),
  });
}

async function countLines(session: Session, file: string): Promise<number> {
  let count = 0;
  const { signal } = new AbortController();
  for await (const _line of readBatchLines(session.openText(file), { signal })) count += 1;
  return count;
}

function given(part: BatchPart, lines: BatchLine[]): BatchSource {
  return {
    part,
    count: async () => lines.length,
    async *read(signal) {
      for (const line of lines) if (!signal.aborted) yield line;
    },
  };
}

type TableKind = 'csv' | 'tsv' | 'xlsx';

/** The beginning of a JSON text that is a list, behind a byte order mark. */
const LIST = /^(?:\xEF\xBB\xBF)?[ \t\r\n]*\[/;

function kindOf(session: Session, file: string): TableKind | 'list' | 'lines' {
  switch (extname(file).toLowerCase()) {
    case '.csv':
      return 'csv';
    case '.tsv':
      return 'tsv';
    case '.xlsx':
      return 'xlsx';
    case '.yaml':
    case '.yml':
      return 'list';
    case '.json': {
      const beginning = Buffer.from(session.readBeginning(file)).toString('latin1');
      return LIST.test(beginning) ? 'list' : 'lines';
    }
    default:
      return 'lines';
  }
}

async function readList(session: Session, file: string): Promise<BatchLine[]> {
  const parsed = await parseDocument(await session.readText(file), file, MAX_DEPTH);
  if (!parsed.ok) {
    const { format, line, column, problem, fix = `Correct line ${line} of ${file}.` } = parsed;
    throw unusable(file, `It is not ${format}. Line ${line}, column ${column}: ${problem}.`, fix);
  }
  if (!Array.isArray(parsed.value)) {
    throw unusable(file, 'It is not a list.', 'Write a list of objects: [{"city": "London"}, {"city": "Oslo"}]');
  }
  return parsed.value.map((item, index) => {
    const entry = { number: index + 1, part: 'entry' } as const;
    return isJsonObject(item) ? { ...entry, values: item } : { ...entry, problem: 'is not an object.' };
  });
}

async function readTable(
  session: Session,
  file: string,
  { kind, inputs }: { kind: TableKind; inputs: readonly PlanInput[] },
): Promise<BatchLine[]> {
  const { rows, leftOut } = readRows(await readRecords(session, file, kind), inputs);
  if (leftOut !== undefined) await session.warn(`${file}: ${leftOut}`);
  return rows;
}

async function readRecords(session: Session, file: string, kind: TableKind): Promise<JsonObject[]> {
  const content = session.readBytes(file);
  try {
    const read = await readFileContent({ kind, content, options: {} }, new AbortController().signal);
    for (const warning of warningsOf(file, read)) await session.warn(warning);
    return Array.isArray(read.value) ? read.value.filter(isJsonObject) : [];
  } catch (error) {
    if (!(error instanceof ContentRefused)) throw error;
    const command = portiaTyped(
      'tools',
      `call file_reader_tool filename=${shellQuote(file)} as=csv --format value -o other.csv`,
    );
    const fix = advice`${command}   # with an option that helps, such as delimiter=";"`;
    throw new PortiaError('invalid-input', `The batch ${file} cannot be read.`, {
      why: `${capitalised(error.message)}.`,
      fix,
    });
  }
}

function unusable(file: string, why: string, fix: string): PortiaError {
  return new PortiaError('invalid-input', `The batch ${file} cannot be read.`, { why, fix });
}
