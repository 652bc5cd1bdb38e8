import { join } from 'node:path';

import { digestText } from '../domain/values/digest.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import type { Json } from '../domain/values/json.js';
import { jsonPieces } from '../domain/values/json-pieces.js';
import type { Run } from '../domain/run/run.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { MAX_VALUE_BYTES } from '../domain/run/value-too-large.js';
import type { LogWriter } from './event-log.js';
import { importedValueOf } from './imported-values.js';
import type { Limits } from './limits.js';
import { writeNew, type FileContent, type FileSystem } from './file-system.js';
import { parseTextOrThrow, readBytes, textOf } from './read-file.js';
import type { ProcessIdentity } from './process-identity.js';
import type { LogBackend } from './run-log.js';
import type { RunLock } from './run-lock.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { writeSnapshotText } from './snapshot.js';
import { storageError } from './storage-error.js';
import type { RunPaths } from './stored-run.js';
import { clearTemporaries } from './temporary-files.js';

/** The open folder of a run that this process owns. */
export function fileBackend(
  files: RunPaths,
  open: { writer: LogWriter; lock: RunLock; fs: FileSystem; limits: Limits; self: ProcessIdentity },
): LogBackend {
  const { writer, lock, fs, limits, self } = open;
  // Made in the folder of the run, where its next owner finds what a kill leaves.
  const writeSnapshot = (run: Run, sync: 'content' | false) => {
    const text = writeSnapshotText(run, limits.snapshotBytes);
    // A process that was stopped while it wrote may continue after another one has taken the run over.
    const beforeNaming = () => lock.assertOwner();
    writeFileSafely(files.snapshot, text, { fs, writer: self, madeIn: files.folder, sync, beforeNaming });
  };
  return {
    name: files.log,
    append: (lines) => writer.append(lines),
    flush: () => writer.flush(),
    assertOwner: () => lock.assertOwner(),
    writeMemory(digest, value, sync) {
      const path = memoryPath(files.folder, digest);
      ensureFolder(join(files.folder, 'memory'), 0o700, fs);
      if (sync) writeFileSafely(path, jsonPieces(value), { fs, writer: self });
      else writeOnce(path, jsonPieces(value), fs);
    },
    readMemory: (digest) => readMemoryFile(files.folder, digest, fs),
    writeFirstSnapshot: (run) => writeSnapshot(run, false),
    // The log has all that an older one lacks.
    writeSnapshot: (run) => writeSnapshot(run, 'content'),
    release() {
      try {
        writer.close();
      } catch (error) {
        throw storageError(error, { what: 'Could not close', path: files.log });
      } finally {
        lock.release();
      }
    },
  };
}

/** A kill may leave a part of it, which is not what its digest says and is read as lost. */
function writeOnce(path: string, content: FileContent, fs: FileSystem): void {
  try {
    writeNew(path, content, { mode: 0o600, fs });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw storageError(error, { what: 'Could not write', path });
  }
}

/** Removes what killed owners left half written. */
export function clearRunFolder({ folder }: RunPaths, { fs, self }: { fs: FileSystem; self: ProcessIdentity }): void {
  clearTemporaries(folder, { fs, self });
  clearTemporaries(join(folder, 'memory'), { fs, self });
  clearTemporaries(join(folder, 'sealed'), { fs, self });
}

/** A large value of a run; that of a run of another tool lies beside it, until it is opened. Throws as `readMemoryFile`. */
export function readKeptValue({ folder, log }: RunPaths, digest: string, fs: FileSystem): Json {
  const imported = fs.lstat(log) === undefined ? importedValueOf(folder, digest, fs) : undefined;
  return imported ?? readMemoryFile(folder, digest, fs);
}

/** A large value of a run. Throws `unreadable` when it is missing or not what its digest says. */
export function readMemoryFile(folder: string, digest: string, fs: FileSystem): Json {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw badMemory(JSON.stringify(digest), 'It is not a SHA-256.');
  const path = memoryPath(folder, digest);
  return parseTextOrThrow(readMemoryText(path, digest, fs), path);
}

/** The bytes give their memory back at once, so that of a huge value there are two copies at most: text and value. */
function readMemoryText(path: string, digest: string, fs: FileSystem): string {
  let memory: ArrayBuffer | undefined;
  const allocate = (bytes: number): Uint8Array => {
    memory = new ArrayBuffer(bytes, { maxByteLength: bytes });
    return new Uint8Array(memory, 0, bytes);
  };
  try {
    const file = readBytes(path, fs, { limit: MAX_VALUE_BYTES, allocate });
    if (file === undefined) throw badMemory(path, 'The file is missing.');
    if (digestText(file.bytes) !== digest) throw badMemory(path, 'Its content is not what was stored.');
    return textOf(file.bytes, path);
  } finally {
    memory?.resize(0);
  }
}

function memoryPath(folder: string, digest: string): string {
  return join(folder, 'memory', `${digest}.json`);
}

function badMemory(name: string, why: string): PortiaError {
  return new PortiaError('unreadable', `The stored value ${name} cannot be used.`, {
    why,
    fix: name.startsWith('"') ? 'Restore the run from a backup.' : `Restore ${shellQuote(name)} from a backup.`,
  });
}

/** A text that differs once anybody has written to the files of the run. */
export function stateOfFiles({ log, snapshot }: RunPaths, fs: FileSystem): string {
  const states = [log, snapshot].map((path) => {
    const stats = fs.lstat(path);
    return stats === undefined ? 'none' : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ');
  });
  return states.join(', ');
}
