import { join } from 'node:path';

import { errnoOf, PortiaError } from '../domain/errors.js';
import { timeOfId } from '../domain/values/ids.js';
import { OPEN, realFileSystem, writeAll, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import { readBytes } from './read-file.js';

/** The newest time in the ids of a folder: there only where the clock is behind it. */
const FILE = '.portia-newest';

/** A folder of about 1,000 names. Reading more at every start takes longer than the start. */
const LARGE_FOLDER_BYTES = 64 * 1024;

/** Ids of one moment are a few milliseconds apart, and ahead of the clock by as much. */
const MOMENT_MS = 1_000;

/**
 * Milliseconds since 1970 of the newest id in the folder of the plans or the runs; 0 when there is none. Of a large one,
 * and where this process has read the names before, they are read only when its own time says that the clock went back.
 */
export function newestTime(
  folder: string,
  now: number,
  { fs = realFileSystem, wasRead = false }: { fs?: FileSystem; wasRead?: boolean } = {},
): number {
  return unlessItFails(() => {
    const there = fs.lstat(folder);
    if (there === undefined) return 0;
    const isRead = (!wasRead && there.size <= LARGE_FOLDER_BYTES) || Math.floor(there.mtimeMs) > now;
    return Math.max(keptTime(folder, fs), isRead ? newestOfNames(folder, fs) : 0);
  });
}

/**
 * Keeps the time of an id that is ahead of the clock. The time of the folder does not show it, once something changes
 * there.
 */
export function keepNewest(folder: string, id: string, { now, fs }: { now: number; fs: FileSystem }): void {
  const time = timeOfId(id) ?? 0;
  if (time <= now + MOMENT_MS) return;
  unlessItFails(() => {
    if (time <= keptTime(folder, fs)) return 0;
    // In place: there is no moment at which a reader finds less, as all times have as many digits.
    const file = fs.open(join(folder, FILE), OPEN.replace, 0o600);
    try {
      writeAll(fs, file, Buffer.from(`${time}\n`));
    } finally {
      fs.close(file);
    }
    return time;
  });
}

function keptTime(folder: string, fs: FileSystem): number {
  const file = readBytes(join(folder, FILE), fs);
  const kept = file === undefined ? 0 : Number.parseInt(Buffer.from(file.bytes).toString(), 10);
  return Number.isNaN(kept) ? 0 : kept;
}

/** Only the order of a list depends on it; the next use of the folder reports what is wrong with it. */
function unlessItFails(find: () => number): number {
  try {
    return find();
  } catch (error) {
    if (error instanceof PortiaError || errnoOf(error) !== undefined) return 0;
    throw error;
  }
}

function newestOfNames(folder: string, fs: FileSystem): number {
  let newest = 0;
  for (const name of listFolder(folder, fs)) newest = Math.max(newest, timeOfId(name.replace(/\.json$/, '')) ?? 0);
  return newest;
}
