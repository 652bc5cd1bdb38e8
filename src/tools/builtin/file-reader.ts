import path from 'node:path';

import * as z from 'zod';

import { messageOf } from '../../domain/errors.js';
import { depthOf, MAX_DEPTH, type Json } from '../../domain/json.js';
import { defineTool } from '../define-tool.js';
import { readLocated } from '../open-located.js';
import { explainFileError, locateFile } from '../paths.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { findByName } from './find-file.js';
import { readCsv, readXlsx, TableRefused } from './read-records.js';

const MAX_BYTES = 32_000_000;

/** What becomes of a file's content, by the ending of its name. */
const READERS = new Map<string, (content: Buffer) => Promise<Json> | Json>([
  ['.txt', decode],
  ['.log', decode],
  ['.md', decode],
  ['.json', (content) => parseJson(decode(content))],
  ['.csv', (content) => readCsv(decode(content))],
  ['.xlsx', (content) => readXlsx(content)],
]);

/** Content that is not what the name promises; the message is for people. */
class ContentRefused extends Error {}

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
    return { kind: 'output', value: await reader(content) };
  } catch (error) {
    const isContent = error instanceof ContentRefused || error instanceof TableRefused;
    return refuse(isContent ? `${messageOf(error)}.` : explainFileError(error));
  }
}

function failure(message: string): ToolResult {
  return { kind: 'failure', message, retryable: false, notDone: true };
}

function decode(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw new ContentRefused('it is not UTF-8 text', { cause });
  }
}

function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new ContentRefused(`it is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (depthOf(value) > MAX_DEPTH) throw new ContentRefused(`it nests deeper than ${MAX_DEPTH} levels`);
  return value;
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
