import { advice, portia } from '../domain/next-step.js';
import { join } from 'node:path';

import { errnoOf, PortiaError } from '../domain/errors.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { hasNoLinks, OPEN, removeIfThere, writeAll, writeNew, type FileSystem } from './file-system.js';
import { judgeLiveness, type Liveness, type ProcessIdentity } from './process-identity.js';
import { readBytes } from './read-file.js';
import { storageError } from './storage-error.js';
import { readOwnerRecord, type OwnerRecord } from './owner-record.js';
import type { Owner } from './store.js';
import { temporaryName } from './temporary-files.js';

// The files lock.1, lock.2 … of a run folder are generations. The highest one says who drives the run. Its number never
// goes down while the folder lives: a release writes over the record, and only lower generations are removed. A new
// generation appears whole, by link(), which fails when the number is taken. So of many contenders one wins, and
// whoever was overtaken sees a number higher than its own.

export interface RunLock {
  readonly generation: number;
  /** Whether the run was taken from an owner that may still be alive. */
  readonly tookOver: boolean;
  /** Throws `run-locked` when another process has taken the run over. */
  assertOwner(): void;
  /** Gives the run free; does nothing after a take-over. */
  release(): void;
}

export interface LockOptions {
  fs: FileSystem;
  self: ProcessIdentity;
  /** For people only; nothing is decided by it. ISO 8601, UTC. */
  since: string;
  /** Takes the run even from an owner that is alive. */
  takeOver?: boolean;
  /** This process has just made the folder. */
  isNew?: boolean;
  /** For messages. */
  runId: string;
}

/** Makes this process the driver of the run in `folder`. Throws `run-locked` while another one is, or may be. */
export function acquireRunLock(folder: string, options: LockOptions): RunLock {
  const { fs, self } = options;
  try {
    if (options.isNew === true && makeFirst(folder, options))
      return ownLock(folder, 1, { ...options, tookOver: false });
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const current = currentLock(folder, options);
      const { generation: highest, record } = current;
      const held = record !== undefined && current.liveness !== 'dead';
      if (held && options.takeOver !== true) throw lockedBy(ownerOf({ ...current, record }), options.runId);
      const generation = highest + 1;
      if (publish(folder, generation, { fs, self, text: recordText(options) })) {
        // Where there are no hard links, half a record may be one that is being written.
        return ownLock(folder, generation, { ...options, tookOver: held || current.isHalf === true });
      }
    }
    throw unsteady(folder);
  } catch (error) {
    throw storageError(error, { what: 'Could not lock', path: folder });
  }
}

/** The same; undefined while another process is the driver, or may be. */
export function acquireFreeLock(folder: string, options: LockOptions): RunLock | undefined {
  try {
    return acquireRunLock(folder, options);
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'run-locked') return undefined;
    throw error;
  }
}

/** Who drives the run in `folder`; undefined when nobody does. An owner that cannot be judged from here counts. */
export function readOwner(folder: string, options: Pick<LockOptions, 'fs' | 'self'>): Owner | undefined {
  try {
    const { record, ...current } = currentLock(folder, options);
    return record === undefined || current.liveness === 'dead' ? undefined : ownerOf({ ...current, record });
  } catch (error) {
    throw storageError(error, { what: 'Could not read the lock of', path: folder });
  }
}

function recordText({ self, since }: Pick<LockOptions, 'self' | 'since'>): string {
  const record: OwnerRecord = { ...self, since };
  return JSON.stringify(record);
}

interface CurrentLock {
  /** 0 when the run was never locked. */
  generation: number;
  liveness: Liveness;
  /** Undefined when released. */
  record?: OwnerRecord | undefined;
  /** When the owner last touched the file, in milliseconds since 1970. */
  changedAt?: number;
  /** The file holds no whole record. */
  isHalf?: boolean;
}

function ownerOf({ record, liveness, changedAt }: CurrentLock & { record: OwnerRecord }): Owner {
  const { pid, host, since } = record;
  if (liveness !== 'unknown' || changedAt === undefined) return { pid, host, since };
  return { pid, host, since, last_sign: new Date(changedAt).toISOString() };
}

function currentLock(folder: string, options: Pick<LockOptions, 'fs' | 'self'>): CurrentLock {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const generation = highestOf(generationsIn(folder, options.fs));
    if (generation === 0) return { generation, liveness: 'dead' };
    const file = readBytes(lockPath(folder, generation), options.fs);
    // Gone since the folder was listed: somebody has a higher generation.
    if (file === undefined) continue;
    const { bytes, changedAt } = file;
    return { generation, changedAt, ...judgeRecord(Buffer.from(bytes).toString(), options.self) };
  }
  throw unsteady(folder);
}

/** Each attempt that fails means that somebody else came first; so many can only be files that nobody here wrote. */
const MAX_ATTEMPTS = 1000;

function unsteady(folder: string): PortiaError {
  return new PortiaError('storage-failed', `The lock files in ${folder} make no sense.`, {
    why: 'One of them cannot be read, or has a number that portia never gives.',
    fix: `If no portia drives this run, remove them: rm ${shellQuote(folder)}/lock.*`,
  });
}

function judgeRecord(text: string, self: ProcessIdentity): Omit<CurrentLock, 'generation'> {
  const value = jsonOf(text);
  // Generations appear whole, so half a record is what a power loss left: its writer is gone.
  if (value === undefined) return { liveness: 'dead', isHalf: true };
  if (isJsonObject(value) && value['released'] === true) return { liveness: 'dead' };
  const record = readOwnerRecord(value);
  return { liveness: judgeLiveness(record, self), record };
}

function generationsIn(folder: string, fs: FileSystem): number[] {
  return fs.list(folder).flatMap((name) => {
    const digits = /^lock\.(\d{1,15})$/.exec(name)?.[1];
    return digits === undefined ? [] : Number(digits);
  });
}

/** 0 for none. */
function highestOf(generations: readonly number[]): number {
  return generations.reduce((highest, generation) => Math.max(highest, generation), 0);
}

/** True when this generation is ours and the highest. */
function publish(
  folder: string,
  generation: number,
  options: Pick<LockOptions, 'fs' | 'self'> & { text: string },
): boolean {
  const { fs, text } = options;
  const temporary = writeTemporary(folder, text, options);
  try {
    makeGeneration(temporary, lockPath(folder, generation), { fs, text });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    removeIfThere(temporary, fs);
  }
  try {
    const generations = generationsIn(folder, fs);
    const highest = highestOf(generations);
    // A higher one means that we were slow: our number had been used and removed before.
    for (const other of generations) if (other < highest) removeIfThere(lockPath(folder, other), fs);
    return highest === generation;
  } catch (error) {
    removeIfThere(lockPath(folder, generation), fs);
    throw error;
  }
}

/**
 * In a folder that nobody knows yet, half a record does no harm: whoever came upon it would make the next generation, as
 * below. So it is made in one step. False when somebody was faster.
 */
function makeFirst(folder: string, options: LockOptions): boolean {
  try {
    writeNew(lockPath(folder, 1), Buffer.from(recordText(options)), { mode: 0o600, fs: options.fs });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Without hard links the file is made and then written: whoever reads it in between takes it for that of a dead process
 * and makes the next generation, which this one meets before it acts.
 */
function makeGeneration(temporary: string, path: string, { fs, text }: { fs: FileSystem; text: string }): void {
  try {
    fs.link(temporary, path);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    writeNew(path, Buffer.from(text), { mode: 0o600, fs });
  }
}

function ownLock(folder: string, generation: number, options: LockOptions & { tookOver: boolean }): RunLock {
  const { fs } = options;
  // Whoever takes over makes the next generation first and removes ours after it: no need to read the whole folder.
  const isThere = (number: number): boolean => fs.lstat(lockPath(folder, number)) !== undefined;
  const isOwner = (): boolean => isThere(generation) && !isThere(generation + 1);
  const stopSigns = giveSigns(lockPath(folder, generation), fs);
  return {
    generation,
    tookOver: options.tookOver,
    assertOwner() {
      try {
        if (isOwner()) return;
      } catch (error) {
        throw storageError(error, { what: 'Could not read the lock of', path: folder });
      }
      const owner = readOwner(folder, options);
      throw lockedBy(owner ?? { pid: 0, host: '', since: '' }, options.runId);
    },
    release() {
      stopSigns();
      try {
        if (isOwner()) writeOver(lockPath(folder, generation), released(recordText(options)), fs);
      } catch (error) {
        throw storageError(error, { what: 'Could not release the lock of', path: folder });
      }
    },
  };
}

function writeTemporary(folder: string, text: string, { fs, self }: Pick<LockOptions, 'fs' | 'self'>): string {
  const path = join(folder, temporaryName(self));
  try {
    writeNew(path, Buffer.from(text), { mode: 0o600, fs });
    return path;
  } catch (error) {
    removeIfThere(path, fs);
    throw error;
  }
}

/** As many bytes as the record that it is written over. */
function released(record: string): string {
  return JSON.stringify({ released: true }).padEnd(Buffer.byteLength(record));
}

/** Does nothing for a file that is gone. */
function writeOver(path: string, text: string, fs: FileSystem): void {
  let file: number;
  try {
    file = fs.open(path, OPEN.overwrite);
  } catch (error) {
    // Somebody took the run over at this moment.
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    writeAll(fs, file, Buffer.from(text));
  } finally {
    fs.close(file);
  }
}

function lockPath(folder: string, generation: number): string {
  return join(folder, `lock.${generation}`);
}

/** How often an owner shows that it lives, to whoever cannot see its process. */
const SIGN_SECONDS = 5;

/** Touches the file now and then. Gives a function that stops this. */
function giveSigns(path: string, fs: FileSystem): () => void {
  const timer = setInterval(() => {
    try {
      fs.touch(path);
    } catch {
      // Somebody took the run over, or the disk fails: the next action will report that.
      clearInterval(timer);
    }
  }, SIGN_SECONDS * 1_000).unref();
  return () => clearInterval(timer);
}

const GONE = 'If its machine or container is gone (a crashed container, too), or there was no sign for a minute,';

function lockedBy(owner: Owner, runId: string): PortiaError {
  const who = owner.pid === 0 ? 'Another process' : `Process ${owner.pid} on ${owner.host}`;
  const since = owner.since === '' ? '' : ` since ${owner.since}`;
  const takeOver = portia('resume', runId, '--take-over');
  const { why, fix } =
    owner.last_sign === undefined
      ? {
          why: 'A run has one driver at a time.',
          fix: advice`Wait until it ends. Only if it hangs, stop it, then: ${takeOver}`,
        }
      : {
          why:
            'It is on another machine or in another container, so it cannot be seen from here whether it still lives. ' +
            `It last gave a sign of life at ${owner.last_sign}; it gives one every ${SIGN_SECONDS} seconds.`,
          fix: advice`Wait until it ends. ${GONE} it is safe to take the run over: ${takeOver}`,
        };
  return new PortiaError('run-locked', `${who} drives ${runId}${since}.`, { why, fix, retryable: true, runId });
}
