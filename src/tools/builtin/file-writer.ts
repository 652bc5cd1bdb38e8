import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import path from 'node:path';

import * as z from 'zod';

import { errnoOf } from '../../domain/errors.js';
import { digestText } from '../../domain/digest.js';
import { defineTool } from '../define-tool.js';
import { explainFileError, locateFile, openLocated, readUpTo, type Jail } from '../paths.js';
import type { Inspection, ToolResult } from '../tool.js';

const MAX_BYTES = 32_000_000;

export const fileWriterTool = defineTool({
  id: 'file_writer_tool',
  name: 'File writer tool',
  description:
    'Writes text to a local file below the project folder, making the folders it needs. ' +
    'Replaces the content of an existing file; a person is asked before that.',
  effect: 'idempotent',
  args: z.object({
    filename: z.string().describe('Path of the file, relative to the project folder.'),
    content: z.string().describe('The whole content of the file.'),
  }),
  output: z.string(),
  inspect: ({ filename, content }, { environment, created }) =>
    inspect({ filename, content, jail: environment, created }),
  run: ({ environment, facts }, { filename, content }) =>
    write({ filename, content, jail: environment, expected: facts['existing_digest'] ?? null }),
});

interface InspectRequest {
  filename: string;
  content: string;
  jail: Jail;
  created: ReadonlySet<string>;
}

async function inspect({ filename, content, jail, created }: InspectRequest): Promise<Inspection> {
  const located = await locateFile(filename, 'write', jail);
  // Nobody is asked about a call that `run` will refuse.
  if (!located.ok || located.stats === undefined) return { consent: 'allow', facts: { existing_digest: null } };
  const existing = await digestOf(located.path);
  if (existing === undefined) return { consent: 'allow', facts: { existing_digest: null } };
  const facts = { existing_digest: existing };
  if (created.has(located.path) || existing === digestText(content)) return { consent: 'allow', facts };
  const size = located.stats.size === 1 ? '1 byte' : `${located.stats.size} bytes`;
  const note = `It overwrites ${located.shown} (${size}), which this run did not make.`;
  return { consent: 'ask', facts, note };
}

/** SHA-256 of the content; undefined when it cannot be read or is too large to be replaced. */
async function digestOf(file: string): Promise<string | undefined> {
  try {
    const handle = await openLocated(file);
    try {
      const content = await readUpTo(handle, MAX_BYTES);
      return content === undefined ? undefined : digestText(content);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EACCES') return undefined;
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
  const refuse = (why: string): ToolResult => ({
    kind: 'failure',
    message: `Cannot write ${JSON.stringify(filename)}: ${why}`,
    retryable: false,
    notDone: true,
  });
  const bytes = Buffer.from(content);
  if (bytes.length > MAX_BYTES) return refuse(`the content is larger than ${MAX_BYTES} bytes.`);
  const located = await locateFile(filename, 'write', jail);
  if (!located.ok) return { kind: 'failure', message: located.message, retryable: false, notDone: true };
  const { path: file, shown, stats } = located;
  try {
    const found = stats === undefined ? null : ((await digestOf(file)) ?? 'unreadable');
    // After a crash the file may be there already: the call is repeated with the facts of the first time.
    if (found === digestText(bytes)) return written(shown, expected === null ? [file] : []);
    if (found !== expected) return refuse(changed(expected, found));
    await mkdir(path.dirname(file), { recursive: true });
    if ((await realpath(path.dirname(file))) !== path.dirname(file))
      return refuse('its folder was replaced by a link.');
    await place({ file, bytes, mode: stats, isNew: expected === null });
    return written(shown, expected === null ? [file] : []);
  } catch (error) {
    return refuse(error instanceof AppearedMeanwhile ? changed(null, 'other') : explainFileError(error));
  }
}

function written(shown: string, created: string[]): ToolResult {
  const value = `Content written to ${shown}`;
  return created.length === 0 ? { kind: 'output', value } : { kind: 'output', value, created };
}

function changed(expected: unknown, found: string | null): string {
  if (expected === null)
    return 'a file of that name has appeared since the call was decided on, and it was left alone.';
  if (found === null) return 'the file that was to be overwritten is gone.';
  return 'the file was changed by somebody else since the call was decided on, and it was left alone.';
}

interface Placement {
  file: string;
  bytes: Buffer;
  /** Whose access rights it takes over. */
  mode: Stats | undefined;
  isNew: boolean;
}

/** The file has the old content or the whole new one at every instant, also through power loss. */
async function place({ file, bytes, mode, isNew }: Placement): Promise<void> {
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.portia-${randomUUID()}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(temporary, flags, 0o666);
  try {
    try {
      if (mode !== undefined) await handle.chmod(mode.mode & 0o777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Checked at the last moment: a rename replaces whatever is there.
    if (isNew && (await exists(file))) throw new AppearedMeanwhile();
    await rename(temporary, file);
  } finally {
    await removeTemporary(temporary);
  }
  await syncFolder(folder);
}

class AppearedMeanwhile extends Error {}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function removeTemporary(temporary: string): Promise<void> {
  try {
    await unlink(temporary);
  } catch (error) {
    // It is gone after a rename.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
