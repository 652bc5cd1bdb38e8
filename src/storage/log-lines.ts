import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { jsonOf } from '../domain/values/json.js';
import { readEvent } from './event-shape.js';
import { OPEN, type FileSystem } from './file-system.js';
import { MAX_LINE_BYTES, MAX_LOG_BYTES, tooLong } from './log-limits.js';
import { parseTextOrThrow, readRange, textOf, withFile } from './read-file.js';

/** How much of a log counts. */
export interface LogSize {
  /** Number of the last event; 0 for a log without a whole one. */
  lastSeq: number;
  /** Bytes up to and including the last newline: what counts. */
  wholeBytes: number;
  /** Bytes of a line that a crash left without its end. */
  tornBytes: number;
}

/** Called with each event and its line, without the line end; the bytes are valid until it returns. */
export type VisitLine = (event: RunEvent, line: Uint8Array) => void;

/**
 * Reads every whole line of a log once, and holds one piece of the file at a time; undefined when there is no log. A torn last
 * line is left out. Throws `unreadable` naming file and line, or `newer-version`.
 */
export function readLines(
  path: string,
  { runId, fs }: { runId: RunId; fs: FileSystem },
  visit: VisitLine,
): LogSize | undefined {
  const use = (file: number, { size }: { size: number }): LogSize => {
    let lastSeq = 0;
    let wholeBytes = 0;
    for (const line of linesOf(file, size, { fs, path })) {
      const next = wholeBytes + line.length + 1;
      if (line.includes(ZERO) && !hasEventIn(readRange(fs, file, { start: next, end: size }))) break;
      const seq = lastSeq + 1;
      const where = `${path}:${seq}`;
      visit(readEvent(parseTextOrThrow(textOf(line, where), where), { seq, runId, where }), line);
      lastSeq = seq;
      wholeBytes = next;
    }
    return { lastSeq, wholeBytes, tornBytes: size - wholeBytes };
  };
  return withFile(path, fs, { limit: MAX_LOG_BYTES, use });
}

/** The same lines as texts, one at a time, whatever is in them. The file is open until the last one was taken. */
export function* readLineTexts(path: string, fs: FileSystem): Generator<string> {
  const file = fs.open(path, OPEN.read);
  try {
    for (const line of linesOf(file, fs.stat(file).size, { fs, path })) {
      if (line.includes(ZERO)) return;
      yield textOf(line, path);
    }
  } finally {
    fs.close(file);
  }
}

const NEWLINE = 0x0a;
/**
 * What a power loss leaves of events that were not flushed: no event contains it. A whole event behind zeros was perhaps
 * flushed, and is not thrown away.
 */
const ZERO = 0x00;
const PIECE = 256 * 1024;

function* linesOf(file: number, size: number, { fs, path }: { fs: FileSystem; path: string }): Generator<Buffer> {
  let buffer: Buffer = Buffer.allocUnsafe(Math.min(PIECE, size));
  let offset = 0;
  let filled = 0;
  while (offset + filled < size) {
    const free = buffer.subarray(filled, Math.min(buffer.length, size - offset));
    const count = fs.read(file, free, offset + filled);
    if (count === 0) return;
    let scanned = filled;
    filled += count;
    let start = 0;
    const piece = buffer.subarray(0, filled);
    for (let end = piece.indexOf(NEWLINE, scanned); end !== -1; end = piece.indexOf(NEWLINE, scanned)) {
      yield piece.subarray(start, end);
      start = end + 1;
      scanned = start;
    }
    buffer.copyWithin(0, start, filled);
    filled -= start;
    offset += start;
    if (filled === buffer.length) buffer = longer(buffer, path);
  }
}

function longer(buffer: Uint8Array, path: string): Buffer {
  if (buffer.length > MAX_LINE_BYTES) throw tooLong(path);
  return Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
}

function hasEventIn(bytes: Uint8Array): boolean {
  const lines = Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
  return lines.some((line) => line.startsWith('{') && jsonOf(line) !== undefined);
}
