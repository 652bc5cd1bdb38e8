import { advice, portia } from '../domain/next-step.js';
import { digestValue } from '../domain/values/digest.js';
import { PortiaError } from '../domain/errors.js';
import type { RunId } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { readLastSeq } from './event-log.js';
import { withDigestsOfImported } from './imported-values.js';
import { readLines, type LogSize } from './log-lines.js';
import type { FileSystem } from './file-system.js';
import type { PastLog } from './log-head.js';
import { applyTo } from './run-log.js';
import { createFold, type FoldOptions } from '../domain/run/run-transitions.js';
import type { RunEvent } from '../domain/run/events.js';
import { RunEvents } from '../domain/run/run-events.js';
import { LogCheck } from './check-log.js';
import type { OpenOptions, ReadEvent } from './store.js';
import { readSnapshot, snapshotEdited, type Snapshot } from './snapshot.js';

/** Where the files of one run are. */
export interface RunPaths {
  id: RunId;
  /** runs/<id>.json, or runs/workflow-<uuid>.json of an older workflow. */
  snapshot: string;
  /** runs/<id>/ */
  folder: string;
  /** runs/<id>/events.ndjson */
  log: string;
}

export interface LoadedRun {
  run: Run;
  /** Undefined when there is no log, and when the snapshot has everything that the log has. */
  log?: ReadLog | undefined;
  hasLog: boolean;
  warnings: string[];
  /** `last_seq` of the snapshot; 0 when a good one is missing. */
  snapshotSeq: number;
  /** The document of a run file without a log. */
  document?: unknown;
}

export interface LoadOptions {
  fs: FileSystem;
  findPlan: (value: unknown) => Promise<Plan | undefined>;
  /** Reads every event even when the snapshot is up to date, and checks that they are as they were recorded. */
  wholeLog?: boolean;
  reader?: OpenOptions['reader'];
  /** Records that are read from the log when the run does not show all of them. */
  keeps?: FoldOptions['keeps'];
}

/**
 * The run as its files say; undefined when there are none. The log is the truth, the snapshot spares reading it.
 * Throws `snapshot-edited`, `unreadable`, `newer-version` or `storage-failed`.
 */
export async function loadRun(files: RunPaths, options: LoadOptions): Promise<LoadedRun | undefined> {
  const { fs } = options;
  const snapshot = readSnapshot(files.snapshot, fs);
  if (fs.lstat(files.log) === undefined) return loadWithoutLog(files, snapshot, options);
  if (snapshot.kind === 'edited') throw snapshotEdited(files.snapshot, files.log, files.id);
  if (snapshot.kind === 'whole') {
    refuseOtherRun(files, snapshot.run.id);
    const isEnough =
      options.wholeLog !== true && snapshot.run.metadata.shortened !== true && !isPartOf(snapshot.run, options);
    if (isEnough && readLastSeq(files.log, fs) === snapshot.lastSeq) {
      return { run: snapshot.run, hasLog: true, warnings: [], snapshotSeq: snapshot.lastSeq };
    }
  }
  return loadFromLog(files, snapshot, options);
}

function isPartOf({ step_totals: totals }: Run, { keeps }: LoadOptions): boolean {
  return keeps !== undefined && totals !== undefined;
}

function loadFromLog(files: RunPaths, snapshot: Snapshot, options: LoadOptions): LoadedRun {
  const log = readLog(files, options);
  if (log === undefined) {
    throw isBegun(snapshot) ? lostEvents(files, snapshot.lastSeq, 0) : emptyLog(files);
  }
  const snapshotSeq = checkAgainstLog(files, snapshot, log);
  const warnings =
    snapshot.kind === 'broken'
      ? [
          `${files.snapshot} could not be read and was left out: ${snapshot.problem.details.why ?? snapshot.problem.message}`,
        ]
      : [];
  return { run: log.fold.run, log, hasLog: true, warnings, snapshotSeq };
}

/** What one reading of a log gave. */
export interface ReadLog extends LogSize, PastLog {
  first: RunEvent;
  check: LogCheck;
  /** Called with what is appended while the run is opened. */
  read: ReadEvent | undefined;
}

/** Reads a log once; undefined when it has no whole event. */
function readLog({ id, log }: RunPaths, { fs, keeps, reader, wholeLog }: LoadOptions): ReadLog | undefined {
  const fold = createFold({ keeps });
  const events = new RunEvents();
  const check = new LogCheck();
  const read = reader?.();
  let first: RunEvent | undefined;
  const size = readLines(log, { runId: id, fs }, (event, line) => {
    first ??= event;
    applyTo(fold, event, log);
    events.add(event);
    if (wholeLog === true) check.add(event, line);
    read?.(event);
  });
  return size === undefined || first === undefined
    ? undefined
    : { ...size, first, fold, events, check, read, chain: check.chain };
}

/** The first snapshot may reach the disk before the event that it is made from. */
export function isBegun(snapshot: Snapshot): snapshot is Extract<Snapshot, { kind: 'whole' }> {
  return snapshot.kind === 'whole' && snapshot.lastSeq > 1;
}

/** How many of the events the snapshot has; 0 when the next one has to replace it anyway. */
function checkAgainstLog(files: RunPaths, snapshot: Snapshot, { first, lastSeq }: ReadLog): number {
  if (snapshot.kind !== 'foreign' && snapshot.kind !== 'whole') return 0;
  const document = snapshot.kind === 'whole' ? snapshot.run : snapshot.value;
  // The file that was imported stays as it is until the first snapshot.
  if (first.type === 'run.imported' && first.digest === digestValue(document)) return 0;
  if (snapshot.kind === 'foreign') throw snapshotEdited(files.snapshot, files.log, files.id);
  if (snapshot.lastSeq > lastSeq) throw lostEvents(files, snapshot.lastSeq, lastSeq);
  return snapshot.lastSeq;
}

async function loadWithoutLog(
  files: RunPaths,
  snapshot: Snapshot,
  options: LoadOptions,
): Promise<LoadedRun | undefined> {
  switch (snapshot.kind) {
    case 'absent':
      return undefined;
    case 'broken':
      throw snapshot.problem;
    case 'whole': {
      refuseOtherRun(files, snapshot.run.id);
      const { run } = snapshot;
      return { run, hasLog: false, warnings: warnOfLostLog(files, run), snapshotSeq: 0, document: run };
    }
    case 'foreign':
    case 'edited': {
      // Most runs need no schema, and loading it costs as much as starting the program.
      const { readRunDocument } = await import('./upgrade/upgrade.js');
      const createdAt = new Date(snapshot.changedAt).toISOString();
      const plan = await options.findPlan(snapshot.value);
      const read = readRunDocument(snapshot.value, { createdAt, plan, name: files.snapshot });
      refuseOtherRun(files, read.run.id);
      const { warnings } = read;
      const run = await withDigestsOfImported(read.run, files.folder, options.fs);
      if (snapshot.kind === 'edited') warnings.push(`${files.snapshot} was edited by hand.`);
      warnings.push(...warnOfLostLog(files, run));
      return { run, hasLog: false, warnings, snapshotSeq: 0, document: snapshot.value };
    }
  }
}

/** A file in runs/ must be the run itself: a link there could pass off any other file of this machine as a run. */
export function refuseLinks({ folder, log, snapshot }: RunPaths, fs: FileSystem): void {
  for (const path of [snapshot, folder, log]) {
    if (fs.lstat(path)?.isSymbolicLink() !== true) continue;
    throw new PortiaError('unreadable', `${path} is a symbolic link.`, {
      why: 'Runs are read only from files in runs/ itself, so that no other file is taken for one.',
      fix: `Put the file itself in its place, or remove the link: rm ${shellQuote(path)}`,
    });
  }
}

/** Files of the Python SDK never had one. */
function hasLostLog(run: Run): boolean {
  return run.metadata.last_seq > 0;
}

function warnOfLostLog(files: RunPaths, run: Run): string[] {
  return hasLostLog(run) ? [`${files.log} is missing: what was under way when it stopped is not known.`] : [];
}

/** What a run of portia's own had under way is only in its log: without that it can be shown, and nothing more. */
export function refuseLostLog(files: RunPaths, { run, hasLog }: LoadedRun): void {
  if (!hasLog && hasLostLog(run)) throw lostEvents(files, run.metadata.last_seq, 0);
}

function refuseOtherRun(files: RunPaths, id: RunId): void {
  if (id === files.id) return;
  throw new PortiaError('unreadable', `${files.snapshot} holds another run.`, {
    why: `Its "id" is ${id}.`,
    fix: 'Give the file the name of its id.',
    pointer: '/id',
  });
}

function emptyLog(files: RunPaths): PortiaError {
  return new PortiaError('unreadable', `${files.log} has no events.`, {
    why: 'The run was stopped before anything of it was saved, or the file was emptied.',
    fix: advice`Remove what is left of the run: ${portia('rm', files.id, '--yes')}`,
    runId: files.id,
  });
}

function lostEvents(files: RunPaths, lastSeq: number, found: number): PortiaError {
  return new PortiaError('unreadable', `${files.log} has lost events.`, {
    why: `${files.snapshot} was made from ${lastSeq} events, and ${found} are there. Continuing could do finished steps again.`,
    fix: `Restore ${files.log} from a backup; nothing was changed.`,
    runId: files.id,
  });
}
