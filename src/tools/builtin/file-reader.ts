import path from 'node:path';

import * as z from 'zod';

import { messageOf } from '../../domain/errors.js';
import { digestText } from '../../domain/values/digest.js';
import type { JsonObject } from '../../domain/values/json.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { readLocated } from '../open-located.js';
import { explainFileError, locateFile } from '../paths.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { findByName } from './find-file.js';
import { ContentRefused } from './content-refused.js';
import type { FileContent, ReadJob, ReadOptions } from './file-content.js';
import { readFileContent, warningsOf } from './read-file-content.js';

const MAX_BYTES = 32_000_000;

type Kind = ReadJob['kind'];

/** What becomes of a file's content, by the ending of its name. */
const KINDS = new Map<string, Kind>([
  ['.txt', 'text'],
  ['.log', 'text'],
  ['.md', 'text'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.pdf', 'pdf'],
  ['.docx', 'docx'],
  ['.pptx', 'pptx'],
  ['.json', 'json'],
  ['.ndjson', 'json-lines'],
  ['.jsonl', 'json-lines'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.xlsx', 'xlsx'],
]);

/** Which options fit which kinds of files. */
const TAKES: Record<keyof ReadOptions, Kind[]> = {
  delimiter: ['csv', 'tsv'],
  encoding: ['text', 'html', 'json', 'json-lines', 'yaml', 'csv', 'tsv'],
  sheet: ['xlsx'],
  as: ['json', 'json-lines', 'yaml', 'csv', 'tsv', 'xlsx'],
};

export const fileReaderTool = defineTool({
  id: 'file_reader_tool',
  name: 'File reader tool',
  description:
    'Reads a local file below the project folder. Text of .txt, .log and .md files, the text of .html, .docx, .pptx and .pdf files as Markdown, the value of .json and ' +
    '.yaml files, a list of the values in the lines of .ndjson and .jsonl files, and a list of objects (one per row, ' +
    'keys from the first row) of .csv, .tsv and .xlsx files. ' +
    'The delimiter, the encoding and the sheet are found, or said. ' +
    'When the name is not found, files of that name in sub-folders are offered.',
  effect: 'read',
  args: z.object({
    filename: z.string().describe('Path of the file, relative to the project folder.'),
    delimiter: z.string().optional().describe('What parts the cells of a .csv file: , ; tab | or another character.'),
    encoding: z.string().optional().describe('The encoding of the text, such as utf-8, utf-16le or windows-1252.'),
    sheet: z.string().optional().describe('The name of a sheet of an .xlsx file; without it, the first with cells.'),
    as: z.enum(['json', 'csv']).optional().describe('Gives a text in this format, to be written to a file.'),
  }),
  run: async (context, { filename, ...options }) =>
    readProjectFile(context, { filename, options, argument: 'filename', source: 'File reader tool' }),
});

interface FileRequest {
  filename: string;
  options: ReadOptions;
  /** The argument that holds the name, for questions about it. */
  argument: string;
  /** The name of the tool that asks. */
  source: string;
}

/** The content of a file below the project folder, or a question about which one is meant. */
export async function readProjectFile(context: ToolContext, request: FileRequest): Promise<ToolResult> {
  const { filename, options } = request;
  const refuse = (why: string) => notDone(`Cannot read ${JSON.stringify(filename)}: ${why}`);
  const suffix = path.extname(filename).toLowerCase();
  const kind = KINDS.get(suffix);
  if (kind === undefined) {
    const shown = suffix === '' ? 'no ending' : `the ending ${suffix}`;
    return refuse(`it has ${shown}. Read are ${[...KINDS.keys()].join(', ')}.`);
  }
  const misfit = misfitOf(options, kind);
  if (misfit !== undefined) return refuse(`${misfit} does not apply to a ${suffix} file. Leave it out.`);
  const located = await locateFile(filename, 'read', context.environment);
  if (!located.ok) return notDone(located.message);
  if (located.stats === undefined) return search(context, request);
  try {
    const content = await readLocated(located, MAX_BYTES);
    if (content === undefined)
      return refuse(`it is larger than ${MAX_BYTES} bytes. Split it, or use a tool of your own.`);
    const read = [{ file: filename, digest: digestText(content) }];
    return { ...outputOf(filename, await readFileContent({ kind, content, options }, context.signal)), read };
  } catch (error) {
    context.signal.throwIfAborted();
    return refuse(error instanceof ContentRefused ? `${messageOf(error)}.` : explainFileError(error));
  }
}

function misfitOf(options: ReadOptions, kind: Kind): keyof ReadOptions | undefined {
  const names: (keyof ReadOptions)[] = ['delimiter', 'encoding', 'sheet', 'as'];
  return names.find((name) => options[name] !== undefined && !TAKES[name].includes(kind));
}

function outputOf(filename: string, content: FileContent): Extract<ToolResult, { kind: 'output' }> {
  const { value, summary } = content;
  const warnings = warningsOf(filename, content);
  return { kind: 'output', value, ...(summary && { summary }), ...(warnings.length > 0 && { warnings }) };
}

/** A file that is not where the name says is never guessed: a person picks or confirms it. */
async function search({ environment, signal }: ToolContext, request: FileRequest): Promise<ToolResult> {
  const { filename, options, argument, source } = request;
  const name = path.basename(filename);
  const { paths, complete } = await findByName(name, environment, signal);
  const [first] = paths;
  const missing = `There is no ${JSON.stringify(filename)}`;
  if (first === undefined) {
    const where = complete
      ? `in ${environment.projectRoot} or below`
      : 'among the first files below the project folder';
    return notDone(`${missing}, and no file called ${JSON.stringify(name)} ${where}.`);
  }
  if (paths.length === 1 && complete) {
    const user_guidance = `${missing}. Read ${first} instead?`;
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const args: JsonObject = { ...Object.fromEntries(given), [argument]: first };
    return {
      kind: 'clarifications',
      clarifications: [{ category: 'User Verification', user_guidance, args, source }],
    };
  }
  const user_guidance = `${missing}, but there are files of that name. Which one should be read?`;
  return {
    kind: 'clarifications',
    clarifications: [{ category: 'Multiple Choice', user_guidance, argument_name: argument, options: paths, source }],
  };
}
