import { advice, REPEAT } from '../../domain/next-step.js';
import type { Stats } from 'node:fs';
import path from 'node:path';

import * as z from 'zod';

import { errnoOf, PortiaError } from '../../domain/errors.js';
import { digestText } from '../../domain/values/digest.js';
import { changedCodeReason } from '../code-files.js';
import { defineTool } from '../define-tool.js';
import { NotThatFile, type HeldFolder } from '../held-folder.js';
import { notDone } from '../not-done.js';
import { holdFolderOf, makeFolderOf, readUpTo } from '../open-located.js';
import { explainFileError, locateFile, type Jail, type LocatedFile } from '../paths.js';
import { AppearedMeanwhile, placeFile } from '../place-file.js';
import type { Inspection, InspectionContext, ToolResult } from '../tool.js';
import { shownSize } from './file-change.js';

const MAX_BYTES = 32_000_000;

export const fileWriterTool = defineTool({
  id: 'file_writer_tool',
  name: 'File writer tool',
  description:
    'Writes text to a local file below the project folder, making the folders it needs. ' +
    'Replaces the content of an existing file; a person is asked before that.',
  effect: 'idempotent',
  isPublic: true,
  args: z.object({
    filename: z.string().describe('Path of the file, relative to the project folder.'),
    content: z.string().describe('The whole content of the file.'),
  }),
  output: z.string(),
  inspect: (args, look) => inspect(args, look),
  run: ({ environment, facts }, { filename, content }) =>
    write({ filename, content, jail: environment, expected: facts['existing_digest'] ?? null }),
});

async function inspect(
  { filename, content }: { filename: string; content: string },
  { environment, created, isNamed }: InspectionContext,
): Promise<Inspection> {
  const located = await locateFile(filename, 'write', environment);
  const nothing: Inspection = { consent: 'allow', facts: { existing_digest: null } };
  // Nobody is asked about a call that `run` will refuse.
  if (!located.ok) return nothing;
  const { path: file, shown, stats } = located;
  const existing = stats === undefined ? null : await digestOf(located);
  if (existing === undefined) return nothing;
  const facts = { existing_digest: existing };
  if (existing === digestText(content)) return { consent: 'allow', facts };
  const does = `It ${existing === null ? 'makes' : 'overwrites'} ${shown}`;
  const code = await changedCodeReason(filename, located, environment);
  if (code !== undefined) return { consent: 'ask', facts, note: `${does}, ${code}.`, mustAsk: true };
  if (created.has(file)) return { consent: 'allow', facts };
  if (stats !== undefined) {
    return { consent: 'ask', facts, note: `${does} (${shownSize(stats)}), which this run did not make.` };
  }
  if ((await isNamed?.(shown)) ?? true) return { consent: 'allow', facts };
  return { consent: 'ask', facts, note: `${does}, a name that a model chose and that the step does not give.` };
}

/** SHA-256 of the content; undefined when it cannot be read, is too large to be replaced, or is not what was located. */
async function digestOf(located: LocatedFile): Promise<string | undefined> {
  try {
    const folder = await holdFolderOf(located);
    try {
      const existing = await lookAt(folder, path.basename(located.path));
      return existing?.digest;
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (error instanceof NotThatFile || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

interface Existing {
  digest: string | undefined;
  stats: Stats;
}

/** What has the name now, if anything. Without a digest when it is too large to be replaced. */
async function lookAt(folder: HeldFolder, name: string): Promise<Existing | undefined> {
  try {
    const { handle, stats } = await folder.openFile(name);
    try {
      const content = await readUpTo(handle, MAX_BYTES);
      return { digest: content === undefined ? undefined : digestText(content), stats };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

interface WriteRequest {
  filename: string;
  content: string;
  jail: Jail;
  /** What was there when the call was decided on: a digest, or null for nothing. */
  expected: unknown;
}

async function write({ filename, content, jail, expected }: WriteRequest): Promise<ToolResult> {
  const refuse = (why: string) => notDone(`Cannot write ${JSON.stringify(filename)}: ${why}`);
  const bytes = Buffer.from(content);
  if (bytes.length > MAX_BYTES) return refuse(`the content is larger than ${MAX_BYTES} bytes.`);
  const located = await locateFile(filename, 'write', jail);
  if (!located.ok) return notDone(located.message);
  if (located.stats === undefined && expected !== null) return refuse(changed(expected, null));
  try {
    const folder = await makeFolderOf(located);
    try {
      return await writeIn(folder, { located, bytes, expected, refuse });
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (error instanceof AppearedMeanwhile) return refuse(changed(null, 'other'));
    if (isFull(error)) throw diskFull(located.path, error);
    return refuse(explainFileError(error));
  }
}

interface WriteInFolder {
  located: LocatedFile;
  bytes: Buffer;
  expected: unknown;
  refuse(why: string): ToolResult;
}

async function writeIn(folder: HeldFolder, { located, bytes, expected, refuse }: WriteInFolder): Promise<ToolResult> {
  const { path: file, shown } = located;
  const name = path.basename(file);
  const existing = await lookAt(folder, name);
  const found = existing === undefined ? null : (existing.digest ?? 'unreadable');
  const made = expected === null ? [file] : [];
  // After a crash the file may be there already: the call is repeated with the facts of the first time.
  if (found === digestText(bytes)) return written(shown, made);
  if (found !== expected) return refuse(changed(expected, found));
  await placeFile(folder, { name, bytes, mode: existing?.stats.mode, isNew: expected === null });
  return written(shown, made);
}

/** No other arguments help, and the run itself can keep nothing more: it waits for space as it does for its own files. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errnoOf(error) ?? '');
}

function diskFull(file: string, cause: unknown): PortiaError {
  const isLimit = errnoOf(cause) === 'EFBIG';
  const why = isLimit ? 'It is larger than this process may write.' : 'The disk is full, or your quota is used up.';
  return new PortiaError('storage-failed', `Could not write ${file}.`, {
    why,
    fix: advice`Free some space on the disk of ${path.dirname(file)}, then ${REPEAT}`,
    cause,
  });
}

function written(shown: string, created: string[]): ToolResult {
  const value = `Content written to ${shown}`;
  return created.length === 0 ? { kind: 'output', value } : { kind: 'output', value, created };
}

function changed(expected: unknown, found: string | null): string {
  if (expected === null)
    return 'a file of that name has appeared since the call was decided on, and it was left alone.';
  if (found === null) return 'the file that was to be overwritten is gone.';
  return 'the file was changed by somebody else since the call was decided on, and was left alone.';
}
