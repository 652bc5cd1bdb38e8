import { isUtf8 } from 'node:buffer';

import { isDeeperThan, MAX_DEPTH, type Json } from '../domain/values/json.js';
import { parseJson } from '../documents/parse-json.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { parseKeepingDigits } from '../domain/values/whole-numbers.js';
import { OPEN, type FileSystem } from './file-system.js';
import { storageError } from './storage-error.js';

/** Larger files are refused before they are parsed. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** A record wraps values that may themselves be `MAX_DEPTH` deep. */
export const MAX_RECORD_DEPTH = MAX_DEPTH + 16;

export interface ReadBytes {
  bytes: Uint8Array;
  /** When the file was last changed, in milliseconds since 1970. */
  changedAt: number;
}

export interface ReadOptions {
  /** Default: `MAX_FILE_BYTES`. */
  limit?: number;
  /** Gives the memory that a file is read into which may be huge. */
  allocate?: ((bytes: number) => Uint8Array) | undefined;
  /** False: a symbolic link is refused. Default true. */
  followsLinks?: boolean;
}

/**
 * Content of a regular file; undefined when there is none.
 * Throws `unreadable` for a folder, a device, no permission or more than `limit` bytes, `storage-failed` for a failing disk.
 */
export function readBytes(
  path: string,
  fs: FileSystem,
  { limit = MAX_FILE_BYTES, allocate, followsLinks = true }: ReadOptions = {},
): ReadBytes | undefined {
  if (!followsLinks && fs.lstat(path)?.isSymbolicLink() === true) throw isLink(path);
  return withFile(path, fs, {
    limit,
    flags: followsLinks ? OPEN.read : OPEN.readUnlinked,
    use(file, { size, mtimeMs }) {
      const bytes =
        allocate === undefined ? readRange(fs, file, { start: 0, end: size }) : readInto(allocate(size), fs, file);
      return { bytes, changedAt: mtimeMs };
    },
  });
}

/** What is made of an open regular file; undefined when there is none. Throws as `readBytes`. */
export function withFile<Result>(
  path: string,
  fs: FileSystem,
  options: { limit: number; flags?: number; use: (file: number, stats: { size: number; mtimeMs: number }) => Result },
): Result | undefined {
  const { limit, flags = OPEN.read, use } = options;
  try {
    const file = fs.open(path, flags);
    try {
      const stats = regular(path, fs, file);
      if (stats.size > limit) throw tooLarge(path, stats.size, limit);
      return use(file, stats);
    } finally {
      fs.close(file);
    }
  } catch (error) {
    const name = errnoOf(error);
    if (name === 'ENOENT') return undefined;
    const disk = name === 'EIO' || name === 'EMFILE' || name === 'ENFILE' || name === 'ENOMEM';
    throw storageError(error, { what: 'Could not read', path, code: disk ? 'storage-failed' : 'unreadable' });
  }
}

/** The bytes from `start` to `end`, or to the end of a file that is shorter. `memory`: where they are put, when it has room. */
export function readRange(
  fs: FileSystem,
  file: number,
  range: { start: number; end: number; memory?: Uint8Array },
): Uint8Array {
  const length = Math.max(0, range.end - range.start);
  const buffer = range.memory?.subarray(0, length) ?? Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < buffer.length) {
    const count = fs.read(file, buffer.subarray(filled), range.start + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

const PIECE = 1024 * 1024;

/**
 * Fills the memory with a file. Each piece has a buffer of its own that is forgotten at once: that makes the collector
 * look for what else is not needed, such as the huge value before this one, while little of this one is there.
 */
function readInto(memory: Uint8Array, fs: FileSystem, file: number): Uint8Array {
  for (let start = 0; start < memory.length;) {
    const piece = readRange(fs, file, { start, end: Math.min(start + PIECE, memory.length) });
    if (piece.length === 0) return memory.subarray(0, start);
    memory.set(piece, start);
    start += piece.length;
  }
  return memory;
}

function regular(path: string, fs: FileSystem, file: number): { size: number; mtimeMs: number } {
  const stats = fs.stat(file);
  if (stats.isFile()) return stats;
  throw new PortiaError('unreadable', `${path} is ${stats.isDirectory() ? 'a folder' : 'not a regular file'}.`, {
    why: 'A file is expected there.',
    fix: `Move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
  });
}

function isLink(path: string): PortiaError {
  return new PortiaError('unreadable', `${path} is a symbolic link.`, {
    why: 'Links are not followed here, so that no other file is taken for this one.',
    fix: 'Put the file itself in its place.',
  });
}

function tooLarge(path: string, size: number, limit: number): PortiaError {
  return new PortiaError('unreadable', `${path} is too large.`, {
    why: `It has ${size} bytes; at most ${limit} are read.`,
    fix: `Look at it with: head -c 1000 ${shellQuote(path)}`,
  });
}

/** The value of JSON bytes, where a whole number that a double cannot keep is a text; a byte-order mark is passed over. Throws `unreadable` naming `where`. */
export function parseJsonOrThrow(bytes: Uint8Array, where: string, maxDepth = MAX_RECORD_DEPTH): Json {
  // What another program stored keeps its digits.
  const parse = (text: string) => parseKeepingDigits(text).value;
  return parseTextOrThrow(textOf(bytes, where), where, { maxDepth, parse });
}

const BYTE_ORDER_MARK = '\uFEFF';

/** UTF-8 as text, without a byte-order mark. Not by TextDecoder, whose texts take two bytes for each letter. */
export function textOf(bytes: Uint8Array, where: string): string {
  if (!isUtf8(bytes)) throw unreadable(where, 'It is not UTF-8 text.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** The value of a JSON text that this program wrote. Throws `unreadable` naming `where`. */
export function parseTextOrThrow(
  text: string,
  where: string,
  { maxDepth = MAX_RECORD_DEPTH, parse = JSON.parse }: { maxDepth?: number; parse?: (text: string) => Json } = {},
): Json {
  if (text === '') throw unreadable(where, 'It is empty.');
  let value: Json;
  try {
    value = parse(text);
  } catch (error) {
    throw unreadable(where, notJson(text), error);
  }
  // Each level takes two characters, so most texts cannot be too deep.
  if (text.length > 2 * maxDepth && isDeeperThan(maxDepth, value))
    throw unreadable(where, `It nests deeper than ${maxDepth} levels.`);
  return value;
}

/** Where the mistake is, without a word of what stands there: that may be a secret. */
function notJson(text: string): string {
  const found = parseJson(text, Number.POSITIVE_INFINITY);
  if (found.ok) return 'It is not JSON.';
  const line = text.trim().includes('\n') ? `Line ${found.line}, column` : 'Column';
  return `It is not JSON. ${line} ${found.column}: ${found.problem}.`;
}

function unreadable(where: string, why: string, cause?: unknown): PortiaError {
  return new PortiaError('unreadable', `${where} cannot be read.`, {
    why,
    fix: 'Restore it from a backup, or move it away.',
    cause,
  });
}
