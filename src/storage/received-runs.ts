import { join } from 'node:path';

import { isRunId, type Now, type RunId } from '../domain/values/ids.js';
import { jsonPieces } from '../domain/values/json-pieces.js';
import type { Json } from '../domain/values/json.js';
import { createLog, type LogWriter } from './event-log.js';
import { OPEN, syncFolder, writeNew, type FileSystem } from './file-system.js';
import type { Limits } from './limits.js';
import { readLines } from './log-lines.js';
import { keepNewest } from './newest-time.js';
import type { ProcessIdentity } from './process-identity.js';
import { readRange } from './read-file.js';
import { ReadRun } from './read-run.js';
import { notOfRun, otherRun, refuseOther } from './refuse-received.js';
import { markChange } from './run-changes.js';
import { clearRunFolder } from './run-folder.js';
import { acquireRunLock, type RunLock } from './run-lock.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { writeSnapshotText } from './snapshot.js';
import type { ReceivedRun, RunReceiver } from './run-receiver.js';
import type { RunPaths } from './stored-run.js';
import { clearTemporaries, temporaryName } from './temporary-files.js';
import { removeUnbegun } from './unbegun-run.js';

export interface ReceivedRunsOptions {
  fs: FileSystem;
  now: Now;
  self: () => ProcessIdentity;
  limits: Limits;
  onCreated: (folder: string) => void;
  /** Where the files of a run are. */
  pathsOf(id: RunId): RunPaths;
}

/** A run that is made in a hidden folder, and the lock of its place. */
interface Staged {
  id: RunId;
  read: ReadRun;
  folder: string;
  writer: LogWriter;
  lines: string[];
  characters: number;
  values: Set<string>;
  standing: ReceivedRun['standing'];
  lock: RunLock | undefined;
  /** The folder of the run was made for it. */
  isFolderNew: boolean;
}

const MOST_TOGETHER = 64 * 1024;

/** Runs on their way into `runs/`. They are made whole in a hidden folder there, and get their names one after the other. */
export class ReceivedRuns implements RunReceiver {
  readonly #folder: string;
  #hidden: string | undefined;
  readonly #options: ReceivedRunsOptions;
  readonly #fs: FileSystem;
  readonly #staged = new Map<RunId, Staged>();

  constructor(folder: string, options: ReceivedRunsOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#fs = options.fs;
  }

  addLine(line: string, where: string): void {
    const id = ReadRun.idOf(line, where);
    const staged = this.#staged.get(id) ?? this.#stage(id);
    staged.read.add(line, where);
    staged.lines.push(`${line}\n`);
    staged.characters += line.length;
    if (staged.characters > MOST_TOGETHER) write(staged);
  }

  addValue(id: RunId, { digest, value }: { digest: string; value: Json }, where: string): void {
    refuseOther(value, digest, where);
    if (!isRunId(id)) throw notOfRun(where);
    const staged = this.#staged.get(id) ?? this.#stage(id);
    if (staged.values.has(digest)) return;
    staged.values.add(digest);
    const path = join(staged.folder, 'memory', `${digest}.json`);
    ensureFolder(join(staged.folder, 'memory'), 0o700, this.#fs);
    writeNew(path, jsonPieces(value), { mode: 0o600, fs: this.#fs, sync: true });
  }

  #stage(id: RunId): Staged {
    const folder = join(this.#hiddenFolder(), id);
    ensureFolder(folder, 0o700, this.#fs);
    const staged: Staged = {
      id,
      read: new ReadRun(id),
      folder,
      writer: createLog(logIn(folder), this.#fs),
      lines: [],
      characters: 0,
      values: new Set(),
      standing: 'new',
      lock: undefined,
      isFolderNew: false,
    };
    this.#staged.set(id, staged);
    return staged;
  }

  #hiddenFolder(): string {
    if (this.#hidden !== undefined) return this.#hidden;
    const { fs, self, onCreated } = this.#options;
    if (ensureFolder(this.#folder, 0o700, fs)) onCreated(this.#folder);
    // What a killed process was receiving.
    clearTemporaries(this.#folder, { fs, self: self() });
    this.#hidden = join(this.#folder, temporaryName(self()));
    ensureFolder(this.#hidden, 0o700, fs);
    return this.#hidden;
  }

  async check(): Promise<ReceivedRun[]> {
    for (const staged of this.#staged.values()) {
      staged.read.refuseBroken();
      write(staged);
      staged.writer.flush();
      const before = this.#standing(staged);
      if (before !== 'same' && before !== 'behind') this.#lock(staged);
      // Its driver may have continued until the lock was ours.
      staged.standing = this.#standing(staged);
    }
    return Array.from(this.#staged.values(), ({ read, values, standing }) => read.received(standing, values));
  }

  #lock(staged: Staged): void {
    const { fs, now, self: identify } = this.#options;
    const files = this.#options.pathsOf(staged.id);
    const self = identify();
    staged.isFolderNew = ensureFolder(files.folder, 0o700, fs);
    staged.lock = acquireRunLock(files.folder, { fs, self, since: now().toISOString(), runId: staged.id });
    markChange(this.#folder, fs);
    clearRunFolder(files, { fs, self });
  }

  /** Throws `stale` for a run that is here with other events. */
  #standing({ id, folder, read }: Staged): ReceivedRun['standing'] {
    const files = this.#options.pathsOf(id);
    const here = readLines(files.log, { runId: id, fs: this.#fs }, () => undefined);
    if (here === undefined && this.#fs.lstat(files.snapshot) !== undefined) throw otherRun(id, 1);
    if (here === undefined || here.lastSeq === 0) return 'new';
    this.#refuseDifferent(id, { here: files.log, there: logIn(folder), bytes: here.wholeBytes });
    if (here.lastSeq === read.lastSeq) return 'same';
    return here.lastSeq > read.lastSeq ? 'behind' : 'ahead';
  }

  /** One of the two logs must begin with the other. */
  #refuseDifferent(id: RunId, { here, there, bytes }: { here: string; there: string; bytes: number }): void {
    const seq = firstDifference([here, there], bytes, this.#fs);
    if (seq !== undefined) throw otherRun(id, seq);
  }

  async take(): Promise<void> {
    for (const staged of this.#staged.values()) {
      if (staged.lock === undefined || (staged.standing !== 'new' && staged.standing !== 'ahead')) continue;
      this.#name(staged, this.#options.pathsOf(staged.id));
      staged.lock.release();
      staged.lock = undefined;
    }
  }

  /** Its log goes last: until it has its name, the run is not here, or as it was. */
  #name({ id, folder, read, values, lock, standing }: Staged, files: RunPaths): void {
    const { fs, now, limits, self } = this.#options;
    if (standing === 'new') {
      removeUnbegun(files, fs);
      keepNewest(this.#folder, id, { now: now().getTime(), fs });
    }
    const memory = join(files.folder, 'memory');
    if (values.size > 0) {
      ensureFolder(memory, 0o700, fs);
      for (const digest of values) fs.rename(join(folder, 'memory', `${digest}.json`), join(memory, `${digest}.json`));
      syncFolder(fs, memory);
    }
    lock?.assertOwner();
    fs.rename(logIn(folder), files.log);
    markChange(this.#folder, fs);
    syncFolder(fs, files.folder);
    const text = writeSnapshotText(read.run, limits.snapshotBytes);
    writeFileSafely(files.snapshot, text, { fs, writer: self(), madeIn: files.folder, sync: 'content' });
  }

  async close(): Promise<void> {
    for (const staged of this.#staged.values()) this.#giveUp(staged);
    this.#staged.clear();
    if (this.#hidden !== undefined) this.#fs.removeTree(this.#hidden);
  }

  #giveUp({ id, folder, writer, lock, isFolderNew }: Staged): void {
    writer.close();
    if (lock === undefined) return;
    lock.release();
    // A folder with nothing but a lock goes with the hidden one.
    const files = this.#options.pathsOf(id);
    const isEmpty = this.#fs.lstat(files.log) === undefined;
    if (isFolderNew && isEmpty) this.#fs.rename(files.folder, `${folder}.left`);
  }
}

function logIn(folder: string): string {
  return join(folder, 'events.ndjson');
}

function write(staged: Staged): void {
  staged.writer.append(staged.lines);
  staged.lines = [];
  staged.characters = 0;
}

const PIECE = 256 * 1024;
const NEWLINE = 0x0a;

/** Number of the first line in which two files differ, within these bytes and as far as both have so many. */
function firstDifference([one, other]: [string, string], bytes: number, fs: FileSystem): number | undefined {
  const files = [fs.open(one, OPEN.read), fs.open(other, OPEN.read)] as const;
  try {
    const end = Math.min(bytes, fs.stat(files[1]).size);
    let line = 1;
    for (let start = 0; start < end; start += PIECE) {
      const range = { start, end: Math.min(start + PIECE, end) };
      const [here, there] = [readRange(fs, files[0], range), readRange(fs, files[1], range)];
      const at = here.findIndex((byte, index) => byte !== there[index]);
      line += here.subarray(0, at === -1 ? here.length : at).reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);
      if (at !== -1) return line;
    }
    return undefined;
  } finally {
    for (const file of files) fs.close(file);
  }
}
