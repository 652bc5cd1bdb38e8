import { dirname } from 'node:path';

import { errnoOf, PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { readEvent } from './event-shape.js';
import { OPEN, syncFolder, writeAll, type FileSystem } from './file-system.js';
import { MAX_FILE_BYTES, parseJsonOrThrow, readBytes, readRange } from './read-file.js';
import { writeFileSafely } from './safe-write.js';
import { storageError } from './storage-error.js';

/** A log grows for as long as its run lives, so it may be larger than a record. */
const MAX_LOG_BYTES = 8 * MAX_FILE_BYTES;
const MAX_LINE_BYTES = MAX_FILE_BYTES;
const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const ZERO = 0x00;

export interface LogContent {
  events: RunEvent[];
  /** The whole lines, as bytes of the file. */
  bytes: Uint8Array;
  /** Where the line of each event begins. */
  starts: number[];
  /** Bytes up to and including the last newline: what counts. */
  wholeBytes: number;
  /** Bytes of a line that a crash left without its end. */
  tornBytes: number;
}

/**
 * Every whole line of the log; undefined when there is no log. A torn last line is left out.
 * Throws `unreadable` naming file and line, or `newer-version`.
 */
export function readEventLog(path: string, runId: RunId, fs: FileSystem): LogContent | undefined {
  const file = readBytes(path, fs, { limit: MAX_LOG_BYTES });
  if (file === undefined) return undefined;
  const { bytes } = file;
  const events: RunEvent[] = [];
  const starts: number[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const seq = events.length + 1;
    const where = `${path}:${seq}`;
    if (isLostTail(bytes, start, end)) break;
    if (end - start > MAX_LINE_BYTES) throw tooLong(where);
    events.push(readEvent(parseJsonOrThrow(bytes.subarray(start, end), where), { seq, runId, where }));
    starts.push(start);
    start = end + 1;
  }
  return { events, bytes: bytes.subarray(0, start), starts, wholeBytes: start, tornBytes: bytes.length - start };
}

/**
 * Whether the line is what a power loss leaves of events that were not flushed: zeros, which no event contains, and no
 * whole event after them. A whole event behind zeros was perhaps flushed, and is not thrown away.
 */
function isLostTail(bytes: Uint8Array, start: number, end: number): boolean {
  // Only this line: looking on to the end of the file for each of its lines is quadratic.
  if (!bytes.subarray(start, end).includes(ZERO)) return false;
  const later = Buffer.from(bytes.subarray(end + 1))
    .toString('latin1')
    .split('\n')
    .slice(0, -1);
  return !later.some((line) => line.startsWith('{') && jsonOf(line) !== undefined);
}

/** `seq` of the last whole line, read from the end of the file; undefined when only a full reading can tell. */
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
  append(text: string): void;
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
export function openLog(path: string, content: LogContent, fs: FileSystem): LogWriter {
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
    append(text) {
      attempt('Could not append to', () => {
        const bytes = Buffer.from(text);
        if (bytes.length > MAX_LINE_BYTES || size + bytes.length > MAX_LOG_BYTES) throw tooLong(path);
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

function tooLong(where: string): PortiaError {
  return new PortiaError('storage-failed', `${where} is too long.`, {
    why: `At most ${MAX_LINE_BYTES} bytes are kept in one event, and ${MAX_LOG_BYTES} in one log.`,
    fix: 'Let the tool return less, e.g. the name of a file.',
  });
}
