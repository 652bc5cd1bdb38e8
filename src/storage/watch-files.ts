import { unwatchFile, watch, watchFile, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

import type { WatchedRuns } from './run-watch.js';

/** How often a path is looked at beside what the system tells of it, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Calls back when something changes in the folder of the runs or in those of single runs. What the system does not tell, as
 * of a folder on another machine, is seen within a second. Gives a function that stops this.
 */
export function watchRunFiles(folder: string, { runs, lists }: WatchedRuns, told: () => void): () => void {
  const ofRuns = runs.map((id) => join(folder, id));
  const stops = [...(lists ? [folder] : []), ...ofRuns].map((path) => watchFolder(path, told));
  // A folder does not look changed when a file in it grows.
  stops.push(...ofRuns.map((path) => lookAt(join(path, 'events.ndjson'), told)));
  return () => {
    for (const stop of stops) stop();
  };
}

function watchFolder(path: string, told: () => void): () => void {
  let watcher = begun(path, told);
  const stopLooking = lookAt(path, told);
  const begin = (): void => {
    watcher = begun(path, told);
    if (watcher === undefined) return;
    clearInterval(trying);
    told();
  };
  // It may be made at any time: looking sees no difference when that is before the first look.
  const trying = watcher === undefined ? setInterval(begin, LOOK_MS).unref() : undefined;
  return () => {
    clearInterval(trying);
    watcher?.close();
    stopLooking();
  };
}

/** Undefined where the system cannot tell: there is nothing, or too much is watched already. */
function begun(path: string, told: () => void): FSWatcher | undefined {
  try {
    // One that breaks off leaves the looking.
    return watch(path, { persistent: false }, told).on('error', () => undefined);
  } catch {
    return undefined;
  }
}

function lookAt(path: string, changed: () => void): () => void {
  watchFile(path, { interval: LOOK_MS, persistent: false }, changed);
  return () => unwatchFile(path, changed);
}
