import { dirname } from 'node:path';

import { errnoOf, PortiaError } from '../domain/errors.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { OPEN, syncFolder, writeAll, type FileSystem } from './file-system.js';
import { MAX_LOG_BYTES, tooLong } from './log-limits.js';
import type { LogSize } from './log-lines.js';
import { readRange } from './read-file.js';
import { writeFileSafely } from './safe-write.js';
import { storageError } from './storage-error.js';

const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** `seq` of the last whole line, read from the end of the file; undefined when only reading all of it can show that. */
export function readLastSeq(path: string, fs: FileSystem): number | undefined {
  try {
    const line = lastLine(path, fs);
    const value = line === undefined ? undefined : jsonOf(line);
    const seq = isJsonObject(value) ? value['seq'] : undefined;
    return typeof seq === 'number' ? seq : undefined;
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function lastLine(path: string, fs: FileSystem): string | undefined {
  const file = fs.open(path, OPEN.read);
  try {
    const stats = fs.stat(file);
    if (!stats.isFile()) return undefined;
    const start = Math.max(0, stats.size - TAIL_BYTES);
    const tail = readRange(fs, file, { start, end: stats.size });
    const end = tail.lastIndexOf(NEWLINE);
    // lastIndexOf counts a negative offset from the end, so a newline at 0 has none before it.
    const before = end > 0 ? tail.lastIndexOf(NEWLINE, end - 1) : -1;
    if (end === -1 || (before === -1 && start > 0)) return undefined;
    return Buffer.from(tail.subarray(before + 1, end)).toString();
  } finally {
    fs.close(file);
  }
}

/** The open end of a log. One process at a time may hold it: the owner of the run's lock. */
export interface LogWriter {
  /** Writes whole lines, each with its newline. After a failure every further call is refused. */
  append(lines: readonly string[]): void;
  /** Everything appended survives power loss when this returns. */
  flush(): void;
  close(): void;
}

/** Starts an empty log, durable in name. Throws `storage-failed`, also when there is one. */
export function createLog(path: string, fs: FileSystem): LogWriter {
  try {
    const file = fs.open(path, OPEN.createLog, 0o600);
    return closeOnFailure(fs, file, () => {
      syncFolder(fs, dirname(path));
      return writer(path, file, { fs, size: 0 });
    });
  } catch (error) {
    throw storageError(error, { what: 'Could not start the log', path });
  }
}

/** Opens a log whose content was read by this owner, and cuts off its torn tail. */
export function openLog(path: string, content: Pick<LogSize, 'wholeBytes' | 'tornBytes'>, fs: FileSystem): LogWriter {
  try {
    const file = fs.open(path, OPEN.appendLog);
    return closeOnFailure(fs, file, () => {
      const { size } = fs.stat(file);
      if (size !== content.wholeBytes + content.tornBytes) throw changedBehindUs(path);
      if (content.tornBytes > 0) {
        fs.truncate(file, content.wholeBytes);
        fs.sync(file);
      }
      return writer(path, file, { fs, size: content.wholeBytes });
    });
  } catch (error) {
    throw storageError(error, { what: 'Could not open the log', path });
  }
}

/**
 * Moves the log to another file of the same name, so that what a former owner still writes does not arrive.
 * What it has flushed arrives: it flushes nothing more once it sees that its file has no name.
 */
export function fenceLog(path: string, fs: FileSystem): void {
  try {
    const file = fs.open(path, OPEN.read);
    try {
      for (let copied = -1; fs.stat(file).size !== copied;) {
        const bytes = readRange(fs, file, { start: 0, end: fs.stat(file).size });
        writeFileSafely(path, bytes, { fs });
        copied = bytes.length;
      }
    } finally {
      fs.close(file);
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw storageError(error, { what: 'Could not take over', path });
  }
}

function closeOnFailure<Result>(fs: FileSystem, file: number, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    fs.close(file);
    throw error;
  }
}

function writer(path: string, file: number, options: { fs: FileSystem; size: number }): LogWriter {
  const { fs } = options;
  let { size } = options;
  let unflushed = false;
  let failure: unknown;

  function attempt(what: string, action: () => void): void {
    if (failure !== undefined) throw refused(path, failure);
    try {
      action();
    } catch (error) {
      failure = storageError(error, { what, path });
      throw failure;
    }
  }

  return {
    append(lines) {
      attempt('Could not append to', () => {
        const bytes = Buffer.from(lines.join(''));
        if (size + bytes.length > MAX_LOG_BYTES) throw tooLong(path);
        const there = fs.stat(file);
        if (there.size !== size || there.nlink === 0) throw changedBehindUs(path);
        writeAll(fs, file, bytes);
        size += bytes.length;
        unflushed = true;
      });
    },
    flush() {
      if (!unflushed && failure === undefined) return;
      attempt('Could not flush', () => {
        fs.dataSync(file);
        if (fs.stat(file).nlink === 0) throw changedBehindUs(path);
        unflushed = false;
      });
    },
    close() {
      fs.close(file);
    },
  };
}

function refused(path: string, cause: unknown): PortiaError {
  return new PortiaError('storage-failed', `${path} takes no more events.`, {
    why: 'An earlier write failed, and what reached the disk is not certain.',
    fix: 'Remove the cause that was reported first, then resume the run in a new process.',
    cause,
  });
}

/** The old owner's last defence after a take-over: it must not write into what the new owner has read. */
function changedBehindUs(path: string): PortiaError {
  return new PortiaError('run-locked', `${path} was changed by another process.`, {
    why: 'The log is not as this process left it, so another one has taken the run over or edited the file.',
    fix: `See who drives the run: ls -l ${shellQuote(dirname(path))}`,
  });
}
