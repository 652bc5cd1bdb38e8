import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

import { decodeText } from '../domain/values/decode-text.js';
import { messageOf } from '../domain/errors.js';

export type TextFile =
  | { kind: 'text'; text: string; ownerId: number }
  | { kind: 'missing' }
  /** It exists and cannot be used. `why` is a clause: "is a folder, not a file". */
  | { kind: 'unusable'; why: string; isFolder: boolean; fix?: string };

/** Reads a small UTF-8 text file; a byte order mark is dropped. Never throws, never waits on a pipe or device. */
export function readTextFile(path: string, maxBytes: number): TextFile {
  const unusable = (why: string, isFolder = false) => ({ kind: 'unusable' as const, why, isFolder });
  let bytes: Uint8Array;
  let stats: Stats;
  let file: number | undefined;
  try {
    // Opened once, so that the owner is that of what is read.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    stats = fstatSync(file);
    if (stats.isDirectory()) return unusable('is a folder, not a file', true);
    if (!stats.isFile()) return unusable('is not a regular file');
    if (stats.size > maxBytes) return unusable(`has ${stats.size} bytes; at most ${maxBytes} are read`);
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return unusable(`cannot be read (${typeof code === 'string' ? code : messageOf(error)})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  const decoded = decodeText(bytes);
  if (decoded.ok) return { kind: 'text', text: decoded.text, ownerId: stats.uid };
  return { ...unusable(decoded.why.replace(/^It (.*)\.$/, '$1')), fix: decoded.fix };
}
