import { join, sep } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import { isRunId, type ClarificationId, type Now, type RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Signing } from '../domain/run/signatures.js';
import { createLog, fenceLog, openLog, type LogWriter } from './event-log.js';
import type { FileSystem } from './file-system.js';
import { readImportedValues, recordImport } from './imported-values.js';
import { listFolder, runIdsOf, sortByAge, workflowFile } from './list-ids.js';
import type { Limits } from './limits.js';
import { LogCheck } from './check-log.js';
import { readLines, readLineTexts, type VisitLine } from './log-lines.js';
import { noSuchRun } from './no-such-run.js';
import { keepNewest } from './newest-time.js';
import type { ProcessIdentity } from './process-identity.js';
import { markChange, marking, readChanges } from './run-changes.js';
import { QueueFolder } from './queue-folder.js';
import { readBytes } from './read-file.js';
import { briefOf, readBrief } from './run-brief.js';
import { clearRunFolder, fileBackend, readKeptValue, stateOfFiles } from './run-folder.js';
import { ReceivedRuns } from './received-runs.js';
import { acquireRunLock, readOwner, type LockOptions, type RunLock } from './run-lock.js';
import { createRunLog, type RunLogOptions } from './run-log.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { readSealedFiles, removeSealed, writeSealed } from './sealed-files.js';
import { SignalFiles } from './signal-files.js';
import { StartKeys } from './start-keys.js';
import { storageError } from './storage-error.js';
import type { RunReceiver } from './run-receiver.js';
import type { LogBreak, OpenOptions, ReadOptions, RunBrief, RunLog, StoredRun } from './store.js';
import { TakenRuns } from './taken-runs.js';
import type { Turn } from './turn.js';
import { finishRemoval, removeRunFolder } from './removed-run.js';
import { removeSnapshot, removeUnbegun } from './unbegun-run.js';
import { loadRun, refuseLinks, refuseLostLog, type LoadedRun, type ReadLog, type RunPaths } from './stored-run.js';

const LOG = 'events.ndjson';

export interface RunFilesOptions {
  fs: FileSystem;
  now: Now;
  /** This process. */
  self: () => ProcessIdentity;
  signing: Signing | undefined;
  limits: Limits;
  turn: Turn;
  onCreated: (folder: string) => void;
  /** The plan that a run document names, when it is here. */
  findPlan: (document: unknown) => Promise<Plan | undefined>;
}

/** What a process has that drives a run. */
interface LogHolder {
  lock: RunLock;
  writer: LogWriter;
}

interface LoadedToOpen extends LoadedRun {
  vouchedSeq: number;
}

/** The folder `runs/`. */
export class RunFiles {
  readonly #folder: string;
  readonly #options: RunFilesOptions;
  readonly #fs: FileSystem;
  readonly keys: StartKeys;
  readonly signals: SignalFiles;
  readonly queue: QueueFolder;
  readonly taken = new TakenRuns();

  constructor(folder: string, options: RunFilesOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#fs = options.fs;
    this.keys = new StartKeys(join(folder, 'keys'), options);
    this.signals = new SignalFiles(join(folder, 'signals'), options);
    this.queue = new QueueFolder(join(folder, 'queue'), options);
  }

  async read(id: RunId, { keeps }: ReadOptions = {}): Promise<StoredRun | undefined> {
    if (!isRunId(id)) return undefined;
    const files = this.#files(id);
    refuseLinks(files, this.#fs);
    const loaded = await loadRun(files, { ...this.#options, keeps });
    if (loaded === undefined) return undefined;
    const { run, hasLog, warnings, log } = loaded;
    const isBehind = log !== undefined && loaded.snapshotSeq < log.lastSeq;
    const owner = hasLog && !this.taken.has(id) ? this.#owner(files) : undefined;
    return { run, hasLog, warnings, isBehind, owner };
  }

  async readBrief(id: RunId): Promise<RunBrief> {
    try {
      // An older workflow, whose file has another name, is read in full.
      const files = this.#ownFiles(id);
      const brief = readBrief(files, this.#fs);
      if (brief === undefined) return await this.#briefOfLoaded(id);
      return brief.state === 'COMPLETE' ? brief : { ...brief, owner: this.#owner(files) };
    } catch (error) {
      const problem = storageError(error, { what: 'Could not read', path: id, code: 'unreadable' });
      if (!(problem instanceof PortiaError)) throw problem;
      return { id, unreadable: [problem.message, problem.details.why].filter(Boolean).join(' ') };
    }
  }

  async #briefOfLoaded(id: RunId): Promise<RunBrief> {
    const stored = await this.read(id);
    if (stored === undefined) throw noSuchRun(id);
    return { ...briefOf(stored.run), owner: stored.owner };
  }

  async readEvents(id: RunId): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    this.#readLog(id, (event) => events.push(event));
    return events;
  }

  #readLog(id: RunId, visit: VisitLine): void {
    const files = this.#existing(id);
    refuseLinks(files, this.#fs);
    readLines(files.log, { runId: id, fs: this.#fs }, visit);
  }

  findLogBreak(id: RunId): LogBreak | undefined {
    const check = new LogCheck();
    this.#readLog(id, (event, line) => check.add(event, line));
    return check.firstBreak();
  }

  readMemory(id: RunId, digest: string): Json {
    return readKeptValue(this.#existing(id), digest, this.#fs);
  }

  keepSealed(id: RunId, question: ClarificationId, sealed: string): void {
    writeSealed(this.#existing(id).folder, { question, sealed }, { fs: this.#fs, self: this.#options.self() });
  }

  readSealed(id: RunId): Map<ClarificationId, string> {
    return readSealedFiles(this.#existing(id).folder, this.#fs);
  }

  forgetSealed(id: RunId, questions: readonly ClarificationId[]): void {
    removeSealed(this.#existing(id).folder, questions, this.#fs);
  }

  *lines(id: RunId): Generator<string> {
    const files = this.#existing(id);
    refuseLinks(files, this.#fs);
    yield* readLineTexts(files.log, this.#fs);
  }

  receive(): RunReceiver {
    return new ReceivedRuns(this.#folder, { ...this.#options, pathsOf: (id) => this.#ownFiles(id) });
  }

  has(id: RunId): boolean {
    return isRunId(id) && this.#isThere(this.#files(id));
  }

  list(): RunId[] {
    // A folder without a log is what is left of a run that never began.
    const isBegun = (id: RunId) => this.#fs.lstat(join(this.#folder, id, LOG)) !== undefined;
    const ids = runIdsOf(listFolder(this.#folder, this.#fs), isBegun);
    return sortByAge(ids, { fs: this.#fs, pathOf: (id) => this.#files(id).snapshot });
  }

  async create(id: RunId): Promise<RunLog> {
    if (!isRunId(id)) throw noSuchRun(id);
    if (ensureFolder(this.#folder, 0o700, this.#fs)) this.#options.onCreated(this.#folder);
    const files = this.#files(id);
    const isNew = ensureFolder(files.folder, 0o700, this.#fs);
    return this.#locked(files, { isNew }, async (lock) => {
      removeUnbegun(files, this.#fs);
      keepNewest(this.#folder, id, { now: this.#options.now().getTime(), fs: this.#fs });
      return this.#startLog(files, lock);
    });
  }

  async open(id: RunId, options: OpenOptions): Promise<RunLog> {
    const files = this.#existing(id);
    try {
      return await this.#openExisting(files, options);
    } catch (error) {
      // Somebody removed the run at this moment: that is why it went wrong.
      if (!this.#isThere(files)) throw noSuchRun(id);
      throw error;
    }
  }

  async #openExisting(files: RunPaths, { takeOver = false, reader }: OpenOptions): Promise<RunLog> {
    const before = stateOfFiles(files, this.#fs);
    // A run that cannot be opened is refused before anything is written beside it.
    const first = await this.#loadToOpen(files, reader);
    ensureFolder(files.folder, 0o700, this.#fs);
    return this.#locked(files, { takeOver }, async (lock) => {
      if (lock.tookOver) fenceLog(files.log, this.#fs);
      // Its owner may have continued until the lock was ours.
      const loaded = stateOfFiles(files, this.#fs) === before ? first : await this.#loadToOpen(files, reader);
      const { log } = loaded;
      return log === undefined
        ? this.#import(files, loaded, { lock, reader })
        : this.#reopen({ ...loaded, log }, files, lock);
    });
  }

  take(id: RunId): boolean {
    return this.taken.take(this.#existing(id), this.#lockOptions(id));
  }

  changes(): string | undefined {
    return readChanges(this.#folder, this.#fs);
  }

  async remove(id: RunId): Promise<void> {
    if (finishRemoval(this.#folder, id, this.#fs)) return;
    const files = this.#existing(id);
    try {
      if (this.#fs.lstat(files.folder) === undefined) removeSnapshot(files, this.#fs);
      else await this.#locked(files, {}, async () => removeRunFolder(files, this.#fs));
      markChange(this.#folder, this.#fs);
      this.keys.forget(id);
    } catch (error) {
      throw storageError(error, { what: 'Could not remove', path: files.snapshot });
    }
  }

  #startLog(files: RunPaths, lock: RunLock): RunLog {
    return this.#logOf(files, { lock, writer: createLog(files.log, this.#fs), snapshotSeq: 0 });
  }

  #logOf(
    files: RunPaths,
    { lock, writer, ...own }: Pick<RunLogOptions, 'past' | 'vouchedSeq' | 'snapshotSeq'> & LogHolder,
  ): RunLog {
    const { fs, now, signing, limits, turn } = this.#options;
    const backend = fileBackend(files, {
      writer: marking(writer, this.#folder, fs),
      lock,
      fs,
      limits,
      self: this.#options.self(),
    });
    return createRunLog({ id: files.id, now, signing, limits, turn, backend, ...own });
  }

  async #reopen(loaded: LoadedToOpen & { log: ReadLog }, files: RunPaths, lock: RunLock): Promise<RunLog> {
    const { log: past, vouchedSeq, snapshotSeq } = loaded;
    const writer = openLog(files.log, past, this.#fs);
    const log = this.#logOf(files, { lock, writer, past, vouchedSeq, snapshotSeq });
    const torn = past.tornBytes;
    if (torn > 0) {
      const message = `The log ended in ${torn} bytes of an unfinished event; they were cut off.`;
      const warning = log.append({ type: 'warning', message });
      past.read?.(warning);
      await log.flush();
    }
    if (snapshotSeq === 0) await log.snapshot();
    return log;
  }

  async #import(
    files: RunPaths,
    loaded: LoadedRun,
    { lock, reader }: Pick<OpenOptions, 'reader'> & { lock: RunLock },
  ): Promise<RunLog> {
    const original = readBytes(files.snapshot, this.#fs);
    if (original === undefined) throw noSuchRun(files.id);
    const values = readImportedValues(loaded.run, files.folder, this.#fs);
    writeFileSafely(join(files.folder, 'imported.json'), original.bytes, {
      fs: this.#fs,
      writer: this.#options.self(),
    });
    const log = this.#startLog({ ...files, snapshot: this.#path(files.id) }, lock);
    const imported = await recordImport(log, { run: loaded.run, values, document: loaded.document });
    reader?.()(imported);
    await log.flush();
    await log.snapshot();
    return log;
  }

  /** Acts as the owner of the run; gives it free only when that fails. `isNew`: this process has made the folder. */
  async #locked<Result>(
    files: RunPaths,
    { takeOver = false, isNew = false }: { takeOver?: boolean; isNew?: boolean },
    action: (lock: RunLock) => Promise<Result>,
  ): Promise<Result> {
    const options = { ...this.#lockOptions(files.id), takeOver, isNew };
    const lock = this.taken.use(files.id) ?? acquireRunLock(files.folder, options);
    try {
      // Nobody has left anything in a folder that had no owner before.
      if (!isNew || lock.generation > 1) clearRunFolder(files, { fs: this.#fs, self: this.#options.self() });
      return await action(lock);
    } catch (error) {
      try {
        lock.release();
      } catch {
        // The first failure is the one to report; the lock ends with this process.
      }
      throw error;
    }
  }

  #lockOptions(id: RunId): LockOptions {
    const { fs, now, self } = this.#options;
    return { fs, self: self(), since: now().toISOString(), runId: id };
  }

  async #loadToOpen(files: RunPaths, reader: OpenOptions['reader']): Promise<LoadedToOpen> {
    const loaded = await loadRun(files, { ...this.#options, wholeLog: true, reader });
    if (loaded === undefined) throw noSuchRun(files.id);
    refuseLostLog(files, loaded);
    const { signing } = this.#options;
    const vouchedSeq = loaded.log?.check.vouchedSeq({ name: files.log, runId: files.id, signing }) ?? 0;
    return { ...loaded, vouchedSeq };
  }

  #owner(files: RunPaths): ReturnType<typeof readOwner> {
    return readOwner(files.folder, { fs: this.#fs, self: this.#options.self() });
  }

  #existing(id: RunId): RunPaths {
    if (!isRunId(id)) throw noSuchRun(id);
    const files = this.#files(id);
    if (!this.#isThere(files)) throw noSuchRun(id);
    return files;
  }

  #isThere({ snapshot, log }: RunPaths): boolean {
    return [snapshot, log].some((path) => this.#fs.lstat(path) !== undefined);
  }

  #files(id: RunId): RunPaths {
    const own = this.#ownFiles(id);
    const old = workflowFile(this.#folder, id);
    const isOld = this.#fs.lstat(own.snapshot) === undefined && this.#fs.lstat(old) !== undefined;
    return isOld ? { ...own, snapshot: old } : own;
  }

  #ownFiles(id: RunId): RunPaths {
    // Not by `join`, which reads all of its parts: a list asks for the files of every run.
    const folder = `${this.#folder}${sep}${id}`;
    return { id, folder, log: `${folder}${sep}${LOG}`, snapshot: this.#path(id) };
  }

  #path(id: RunId): string {
    return `${this.#folder}${sep}${id}.json`;
  }
}
