import { constants, type BigIntStats } from 'node:fs';
import { chmod, copyFile, lstat, mkdtemp, rm, symlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { messageOf } from '../../domain/errors.js';
import type { HeldFile, HeldFolder } from '../held-folder.js';
import { notDone } from '../not-done.js';
import { holdFolderOf } from '../open-located.js';
import { explainFileError, isMissing, locateFile, type LocatedFile } from '../paths.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { askWorker } from './ask-worker.js';
import { databaseFile, type DatabaseArguments } from './database-name.js';
import type { Query, QueryJob, QueryReply } from './query-job.js';
import { MAX_RESULT_LENGTH, QUERY_MS } from './query-limits.js';

/** A database in UTF-16 is read into memory. */
const MAX_UTF16_BYTES = 500_000_000;
/** A database that must be copied before it can be read, because of its journal. */
const MAX_COPY_BYTES = 1_000_000_000;

type Queried = Extract<QueryReply, { ok: true }> | { ok: false; failure: ToolResult & { kind: 'failure' } };

/**
 * The rows of reading queries on the database that the arguments, a setting or the environment name.
 * The file and its folder stay as they are, and no other program is kept out.
 */
export async function queryDatabase(context: ToolContext, args: DatabaseArguments, queries: Query[]): Promise<Queried> {
  const name = databaseFile(context, args);
  if ('why' in name) return refuse(name.why);
  const located = await locateFile(name.path, 'read', context.environment);
  if (!located.ok) return refuse(located.message);
  if (located.stats === undefined) return refuse(`There is no database ${JSON.stringify(name.path)} (${name.from}).`);
  const deadline = AbortSignal.timeout(QUERY_MS);
  try {
    const signal = AbortSignal.any([context.signal, deadline]);
    return await queryFile(located, { queries, otherEncoding: args.encoding ?? undefined }, signal);
  } catch (error) {
    context.signal.throwIfAborted();
    if (deadline.aborted) return refuse(`The query took longer than ${QUERY_MS / 1_000} seconds and was ended.`, true);
    return refuse(`Cannot read the database ${JSON.stringify(name.path)}: ${explainFileError(error)}`);
  }
}

function refuse(message: string, retryable = false): Queried {
  return { ok: false, failure: notDone(message, retryable) };
}

async function queryFile(
  located: LocatedFile,
  asked: Pick<QueryJob, 'queries' | 'otherEncoding'>,
  signal: AbortSignal,
): Promise<Queried> {
  const folder = await holdFolderOf(located);
  const name = path.basename(located.path);
  const own = await mkdtemp(path.join(tmpdir(), 'portia-sql-'));
  const files = new Map<string, HeldFile>();
  try {
    const before = await fingerprint(folder, name);
    for (const suffix of ['', ...(await journalsOf(folder, name))]) {
      files.set(suffix, await folder.openFile(name + suffix));
    }
    const view = await makeView(files, own);
    if ('why' in view) return refuse(view.why);
    const reply = await query({ ...view, ...asked, maxLength: MAX_RESULT_LENGTH }, signal);
    if ((await fingerprint(folder, name)) !== before) {
      return refuse('Another program wrote the database while it was read. Try again.', true);
    }
    return reply.ok ? reply : refuse(`${reply.why}.`, true);
  } finally {
    for (const { handle } of files.values()) await handle.close();
    await rm(own, { recursive: true, force: true });
    await folder.close();
  }
}

async function query(job: QueryJob, signal: AbortSignal): Promise<QueryReply> {
  try {
    return await askWorker<QueryReply>('./query-worker.cjs', job, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, why: `SQLite ended: ${messageOf(error)}` };
  }
}

/** Changes whenever the database or its write-ahead log does. */
export async function fingerprint(folder: HeldFolder, name: string): Promise<string> {
  const stats = await Promise.all([name, `${name}-wal`].map((file) => folder.reach(file, statOf)));
  return stats.map((found) => (found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeNs}`)).join(' ');
}

async function statOf(file: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(file, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

type View = Pick<QueryJob, 'file' | 'readOnly' | 'encoding'>;

/**
 * The database as it appears in a folder of our own, where SQLite may put its lock: a link, or a copy with its
 * journal when it has one, because then reading means to finish or undo what the journal holds.
 */
async function makeView(files: ReadonlyMap<string, HeldFile>, folder: string): Promise<View | { why: string }> {
  const file = path.join(folder, 'view.db');
  const database = files.get('');
  if (database === undefined) return { why: 'The database is gone.' };
  const { usesLog, encoding } = await headerOf(database.handle);
  const isUtf16 = encoding !== 'utf-8';
  if (isUtf16 && database.stats.size > MAX_UTF16_BYTES) {
    return { why: `The database keeps its text in UTF-16 and is larger than ${MAX_UTF16_BYTES} bytes.` };
  }
  if (isUtf16 && files.size > 1) {
    return { why: 'The database keeps its text in UTF-16 and has a journal. Close the program that writes it.' };
  }
  if (files.size === 1 && (isUtf16 || !usesLog)) {
    // To what is open: by its name SQLite could meet another file.
    await symlink(database.path, file);
    return { file, readOnly: true, encoding };
  }
  if (database.stats.size > MAX_COPY_BYTES) {
    return { why: `The database has a journal and is larger than ${MAX_COPY_BYTES} bytes.` };
  }
  for (const [suffix, { path: original }] of files) {
    await copyFile(original, file + suffix, constants.COPYFILE_FICLONE);
    // The copy of a write-protected file could not be brought up to date.
    await chmod(file + suffix, 0o600);
  }
  return { file, readOnly: false, encoding };
}

/** The journals that are beside a database and hold something, as the ends of their names. */
export async function journalsOf(folder: HeldFolder, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const suffix of ['-wal', '-journal']) {
    const stats = await folder.reach(name + suffix, statOf);
    if (stats?.isFile() && stats.size > 0n) found.push(suffix);
  }
  return found;
}

/** Byte 18 of a database is 2 when it uses a write-ahead log; byte 59 says how its text is written. */
export async function headerOf(database: FileHandle): Promise<{ usesLog: boolean; encoding: QueryJob['encoding'] }> {
  const { buffer } = await database.read(Buffer.alloc(60), 0, 60, 0);
  const encoding = ({ 2: 'utf-16le', 3: 'utf-16be' } as const)[buffer[59] ?? 0] ?? 'utf-8';
  return { usesLog: buffer[18] === 2, encoding };
}
