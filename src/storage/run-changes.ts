import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { LogWriter } from './event-log.js';
import { OPEN, writeAll, type FileSystem } from './file-system.js';
import { readBytes } from './read-file.js';

/** Another text each time that a process begins to drive a run, or removes one. */
const FILE = '.portia-changes';

/**
 * Tells those who keep a list of the runs that it is no longer right. It is done once the run is locked and before its log
 * is written: whoever read the run before that finds another mark afterwards, and whoever reads it later finds an owner.
 */
export function markChange(folder: string, fs: FileSystem): void {
  // In place: every mark is as long, and one that is half written is another one, too.
  const file = fs.open(join(folder, FILE), OPEN.replace, 0o600);
  try {
    writeAll(fs, file, Buffer.from(randomUUID()));
  } finally {
    fs.close(file);
  }
}

/** The same for a log that is written from now on; it is closed when that fails. */
export function marking(log: LogWriter, folder: string, fs: FileSystem): LogWriter {
  try {
    markChange(folder, fs);
    return log;
  } catch (error) {
    log.close();
    throw error;
  }
}

/** The mark, with the time of the folder, which tells what others put there or removed; undefined without a mark. */
export function readChanges(folder: string, fs: FileSystem): string | undefined {
  const file = readBytes(join(folder, FILE), fs);
  return file && `${Buffer.from(file.bytes).toString()} ${fs.lstat(folder)?.mtimeMs}`;
}
