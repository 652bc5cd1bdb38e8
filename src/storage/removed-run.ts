import { dirname, join } from 'node:path';

import { isRunId, type RunId } from '../domain/values/ids.js';
import { syncFolder, type FileSystem } from './file-system.js';
import type { RunPaths } from './stored-run.js';
import { removeSnapshot } from './unbegun-run.js';

/** Removes a run with its folder, which this process has locked. */
export function removeRunFolder(files: RunPaths, fs: FileSystem): void {
  const runs = dirname(files.folder);
  // The log goes last: until then the run is whole.
  removeSnapshot(files, fs);
  fs.rename(files.folder, removedFolder(runs, files.id));
  syncFolder(fs, runs);
  finishRemoval(runs, files.id, fs);
}

/** Removes what a removal left that was stopped on its way; false when there is nothing. */
export function finishRemoval(runs: string, id: RunId, fs: FileSystem): boolean {
  const folder = removedFolder(runs, id);
  if (!isRunId(id) || fs.lstat(folder) === undefined) return false;
  fs.removeTree(folder);
  return true;
}

function removedFolder(runs: string, id: RunId): string {
  return join(runs, `.portia-removed-${id}`);
}
