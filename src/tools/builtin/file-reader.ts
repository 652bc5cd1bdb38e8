import { digitsKept, type KeptDigits } from '../../domain/values/whole-numbers.js';
import path from 'node:path';

import * as z from 'zod';

import { messageOf } from '../../domain/errors.js';
import { defineTool } from '../define-tool.js';
import { readLocated } from '../open-located.js';
import { explainFileError, locateFile } from '../paths.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { findByName } from './find-file.js';
import { readInWorker } from './read-in-worker.js';
import { ContentRefused, decode, readCsv, readJson } from './read-records.js';

const MAX_BYTES = 32_000_000;

/** A small file of a kind whose work is no more than its size is read without a thread, which takes 30 ms to start. */
const SMALL_BYTES = 64_000;

type Read = (content: Buffer, signal: AbortSignal) => Promise<KeptDigits>;

const asText: Read = (content) => Promise.resolve({ value: decode(content) });

/** What becomes of a file's content, by the ending of its name. */
const READERS = new Map<string, Read>([
  ['.txt', asText],
  ['.log', asText],
  ['.md', asText],
  ['.json', boundedBySize('json', (text) => Promise.resolve(readJson(text)))],
  ['.csv', boundedBySize('csv', async (text) => ({ value: await readCsv(text) }))],
  ['.xlsx', (content, signal) => readInWorker({ kind: 'xlsx', content }, signal)],
]);

function boundedBySize(kind: 'csv' | 'json', read: (text: string) => Promise<KeptDigits>): Read {
  return async (content, signal) =>
    content.length <= SMALL_BYTES ? read(decode(content)) : readInWorker({ kind, content }, signal);
}

export const fileReaderTool = defineTool({
  id: 'file_reader_tool',
  name: 'File reader tool',
  description:
    'Reads a local file below the project folder. Text of .txt, .log and .md files, the value of .json files, and a ' +
    'list of objects (one per row, keys from the first row) of .csv and .xlsx files. ' +
    'When the name is not found, files of that name in sub-folders are offered.',
  effect: 'read',
  args: z.object({ filename: z.string().describe('Path of the file, relative to the project folder.') }),
  run: async (context, { filename }) => readFile(context, filename),
});

async function readFile(context: ToolContext, filename: string): Promise<ToolResult> {
  const suffix = path.extname(filename).toLowerCase();
  const reader = READERS.get(suffix);
  if (reader === undefined) {
    const shown = suffix === '' ? 'no ending' : `the ending ${suffix}`;
    return failure(
      `Cannot read ${JSON.stringify(filename)}: it has ${shown}. Read are ${[...READERS.keys()].join(', ')}.`,
    );
  }
  const located = await locateFile(filename, 'read', context.environment);
  if (!located.ok) return failure(located.message);
  if (located.stats === undefined) return search(context, filename);
  const refuse = (why: string) => failure(`Cannot read ${JSON.stringify(filename)}: ${why}`);
  try {
    const content = await readLocated(located, MAX_BYTES);
    if (content === undefined)
      return refuse(`it is larger than ${MAX_BYTES} bytes. Split it, or use a tool of your own.`);
    const { value, first } = await reader(content, context.signal);
    return { kind: 'output', value, ...(first !== undefined && { warnings: [digitsKept(filename, first)] }) };
  } catch (error) {
    context.signal.throwIfAborted();
    return refuse(error instanceof ContentRefused ? `${messageOf(error)}.` : explainFileError(error));
  }
}

function failure(message: string): ToolResult {
  return { kind: 'failure', message, retryable: false, notDone: true };
}

/** A file that is not where the name says is never guessed: a person picks or confirms it. */
async function search({ environment, signal }: ToolContext, filename: string): Promise<ToolResult> {
  const name = path.basename(filename);
  const { paths, complete } = await findByName(name, environment, signal);
  const [first] = paths;
  const missing = `There is no ${JSON.stringify(filename)}`;
  if (first === undefined) {
    const where = complete
      ? `in ${environment.projectRoot} or below`
      : 'among the first files below the project folder';
    return failure(`${missing}, and no file called ${JSON.stringify(name)} ${where}.`);
  }
  const source = fileReaderTool.name;
  if (paths.length === 1 && complete) {
    const user_guidance = `${missing}. Read ${first} instead?`;
    return {
      kind: 'clarifications',
      clarifications: [{ category: 'User Verification', user_guidance, args: { filename: first }, source }],
    };
  }
  const user_guidance = `${missing}, but there are files of that name. Which one should be read?`;
  return {
    kind: 'clarifications',
    clarifications: [{ category: 'Multiple Choice', user_guidance, argument_name: 'filename', options: paths, source }],
  };
}
