import { constants, type Stats } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { messageOf } from '../../domain/errors.js';
import type { HeldFolder } from '../held-folder.js';
import { notDone } from '../not-done.js';
import { holdFolderOf } from '../open-located.js';
import { explainFileError, type LocatedFile } from '../paths.js';
import { placeFile } from '../place-file.js';
import type { ToolResult } from '../tool.js';
import { askWorker } from './ask-worker.js';
import { openElsewhere } from './open-elsewhere.js';
import { fingerprint, headerOf, journalsOf } from './sqlite.js';
import type { WriteJob, WriteReply } from './write-job.js';

/** A database is copied before it is changed, and replaced by the copy. */
const MAX_BYTES = 500_000_000;

export type Statement = Pick<WriteJob, 'statement' | 'values' | 'key'>;

export interface WriteOptions {
  /** Ends it while nothing is changed yet. */
  signal: AbortSignal;
  /** How long SQLite may work. */
  limitMs: number;
}

const turns = new Map<string, Promise<unknown>>();

/**
 * Makes one statement on a copy of the database, and puts the copy in its place at once: at every instant, also of a crash,
 * the file holds all of the change or nothing of it. Fails with `notDone` as long as nothing was replaced; throws when the
 * replacing itself broke.
 */
export async function writeDatabase(
  located: LocatedFile,
  statement: Statement,
  options: WriteOptions,
): Promise<ToolResult> {
  // Calls of one process take turns; another process is noticed by what it changes.
  const before = turns.get(located.path);
  const turn = (before ?? Promise.resolve())
    .catch(() => undefined)
    .then(async () => write(located, statement, options));
  turns.set(located.path, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(located.path) === turn) turns.delete(located.path);
  }
}

/** Why nothing is written, as a sentence. */
class WriteRefused extends Error {
  readonly retryable: boolean;

  constructor(message: string, retryable = false) {
    super(message);
    this.retryable = retryable;
  }
}

async function write(located: LocatedFile, statement: Statement, options: WriteOptions): Promise<ToolResult> {
  const { signal, limitMs } = options;
  const progress = { isReplacing: false };
  const deadline = AbortSignal.timeout(limitMs);
  try {
    return await writeHeld(located, statement, { signal: AbortSignal.any([signal, deadline]), progress });
  } catch (error) {
    signal.throwIfAborted();
    if (progress.isReplacing) throw error;
    if (deadline.aborted)
      return unchanged(`The statement took longer than ${limitMs / 1_000} seconds and was ended.`, true);
    if (error instanceof WriteRefused) return unchanged(error.message, error.retryable);
    return unchanged(`Cannot write the database ${located.shown}: ${explainFileError(error)}`);
  }
}

function unchanged(message: string, retryable = false): ToolResult {
  return notDone(`${message} Nothing was changed.`, retryable);
}

interface Writing {
  signal: AbortSignal;
  progress: { isReplacing: boolean };
}

async function writeHeld(
  located: LocatedFile,
  statement: Statement,
  { signal, progress }: Writing,
): Promise<ToolResult> {
  const folder = await holdFolderOf(located);
  const name = path.basename(located.path);
  const own = await mkdtemp(path.join(tmpdir(), 'portia-sql-'));
  try {
    const before = await fingerprint(folder, name);
    const view = path.join(own, 'view.db');
    const stats = await copyTo(view, { folder, name, shown: located.shown });
    const reply = await ask({ ...statement, file: view, maxBytes: MAX_BYTES }, signal);
    if (!reply.ok) throw new WriteRefused(`${reply.why}.`, true);
    const output: ToolResult = { kind: 'output', value: reply.written };
    if (reply.isRepeated) return { ...output, warnings: [`The call had written to ${located.shown} already.`] };
    const bytes = await readFile(view);
    signal.throwIfAborted();
    const beforeReplacing = async () => {
      if ((await fingerprint(folder, name)) !== before) {
        throw new WriteRefused(`Another program wrote ${located.shown} meanwhile.`, true);
      }
      progress.isReplacing = true;
    };
    await placeFile(folder, { name, bytes, mode: stats.mode, isNew: false, beforeReplacing });
    return output;
  } finally {
    await rm(own, { recursive: true, force: true });
    await folder.close();
  }
}

/** A copy that may be changed, unless the database is one that must not be replaced. */
async function copyTo(
  view: string,
  { folder, name, shown }: { folder: HeldFolder; name: string; shown: string },
): Promise<Stats> {
  const file = await folder.openFile(name);
  const { stats } = file;
  try {
    const { encoding } = await headerOf(file.handle);
    if (encoding !== 'utf-8') throw new WriteRefused(`${shown} keeps its text in UTF-16, which is only read.`);
    if (stats.size > MAX_BYTES) throw new WriteRefused(`${shown} is larger than ${MAX_BYTES} bytes.`);
    if ((stats.mode & 0o222) === 0) throw new WriteRefused(`${shown} is write-protected.`);
    const [journal] = await journalsOf(folder, name);
    if (journal !== undefined) {
      const fix = `Close the program that uses it; when there is none, open it once: sqlite3 ${shown} .tables`;
      throw new WriteRefused(`${shown} has a journal (${name}${journal}). ${fix}.`, true);
    }
    const user = await openElsewhere(stats);
    if (user !== undefined) {
      throw new WriteRefused(`${shown} is open in ${user}, which would miss the change. Close it first.`, true);
    }
    await copyFile(file.path, view, constants.COPYFILE_FICLONE);
    await chmod(view, 0o600);
    // What takes its place belongs to whoever runs this.
    if ((await stat(view)).uid !== stats.uid) throw new WriteRefused(`${shown} belongs to another user.`);
    return stats;
  } finally {
    await file.handle.close();
  }
}

async function ask(job: WriteJob, signal: AbortSignal): Promise<WriteReply> {
  try {
    return await askWorker<WriteReply>('./query-worker.cjs', job, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, why: `SQLite ended: ${messageOf(error)}` };
  }
}
