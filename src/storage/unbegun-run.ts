import { dirname } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import type { RunId } from '../domain/values/ids.js';
import { syncFolder, type FileSystem } from './file-system.js';
import { readLines } from './log-lines.js';
import { readSnapshot } from './snapshot.js';
import { isBegun, type RunPaths } from './stored-run.js';

/** Removes what is left of a run that was stopped before its first event was whole: it never was. Throws for any other. */
export function removeUnbegun(files: RunPaths, fs: FileSystem): void {
  const log = readLines(files.log, { runId: files.id, fs }, () => undefined);
  const hasSnapshot = fs.lstat(files.snapshot) !== undefined;
  if (log === undefined ? hasSnapshot : log.lastSeq > 0) throw runExists(files.id);
  if (log === undefined) return;
  if (hasSnapshot) removeFirstSnapshot(files, fs);
  fs.unlink(files.log);
}

function removeFirstSnapshot(files: RunPaths, fs: FileSystem): void {
  const snapshot = readSnapshot(files.snapshot, fs);
  if (isBegun(snapshot) || snapshot.kind === 'foreign' || snapshot.kind === 'edited') throw runExists(files.id);
  removeSnapshot(files, fs);
}

export function removeSnapshot({ snapshot }: RunPaths, fs: FileSystem): void {
  if (fs.lstat(snapshot) === undefined) return;
  fs.unlink(snapshot);
  syncFolder(fs, dirname(snapshot));
}

function runExists(id: RunId): PortiaError {
  return new PortiaError('internal', `${id} exists already.`, { why: 'Every run has an id of its own.', runId: id });
}
