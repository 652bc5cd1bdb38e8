import { dirname, join } from 'node:path';

import { makeFolders } from '../documents/make-folders.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import {
  hasNoLinks,
  OPEN,
  realFileSystem,
  removeIfThere,
  syncFolder,
  writeAll,
  writeNew,
  type FileContent,
  type FileSystem,
} from './file-system.js';
import type { ProcessIdentity } from './process-identity.js';
import { storageError } from './storage-error.js';
import { temporaryName } from './temporary-files.js';

export interface SafeWriteOptions {
  /** Permissions of the file. Default 0600. */
  mode?: number;
  /** False: the file must not exist yet. Default true. */
  replace?: boolean;
  /**
   * True: missing folders on its path are made, private to the user. Links to folders are followed, because many people
   * keep their settings in another place. Default false.
   */
  withFolders?: boolean;
  fs?: FileSystem;
  /** This process: what it leaves when it is killed is cleared by whoever comes next. */
  writer?: ProcessIdentity | undefined;
  /** Where the file is made before it gets its name, on the same file system. Default: beside it. */
  madeIn?: string | undefined;
  /**
   * What a power loss leaves once this has returned. True: the new content. `content`: the old one or the new one, whole.
   * False: perhaps a part. Default true.
   */
  sync?: boolean | 'content';
  /** Called when the content is written, just before the file gets its name; throws when it must no longer have it. */
  beforeNaming?: () => void;
}

/**
 * Writes a file so that at every instant, through kill and power loss, either the old or the whole new content is
 * there. A target that is a symbolic link, or not a regular file, is refused. Throws a PortiaError `storage-failed`;
 * with `replace: false` also for a file that exists.
 */
export function writeFileSafely(path: string, content: FileContent, options: SafeWriteOptions = {}): void {
  const { mode = 0o600, replace = true, sync = true, fs = realFileSystem, writer, madeIn = dirname(path) } = options;
  const temporary = join(madeIn, temporaryName(writer));
  try {
    if (options.withFolders === true) makeFolders(dirname(path));
    refuseSpecialFile(path, fs);
    try {
      writeNew(temporary, content, { mode, fs, sync: sync !== false });
      options.beforeNaming?.();
      if (replace) fs.rename(temporary, path);
      else {
        giveName(temporary, path, fs);
        removeIfThere(temporary, fs);
      }
    } catch (error) {
      removeIfThere(temporary, fs);
      throw error;
    }
    if (sync === true) syncFolder(fs, dirname(path));
  } catch (error) {
    throw storageError(error, { what: 'Could not write', path, at: refuser(error, path) });
  }
}

/**
 * The same for a text that comes in pieces: the file gets its name with the last one. Rejects with a PortiaError `storage-failed`,
 * and with what the pieces reject with.
 */
export async function writePiecesSafely(
  path: string,
  pieces: AsyncIterable<string>,
  fs: FileSystem = realFileSystem,
): Promise<void> {
  const temporary = join(dirname(path), temporaryName());
  try {
    refuseSpecialFile(path, fs);
    const file = fs.open(temporary, OPEN.create, 0o600);
    try {
      for await (const piece of pieces) writeAll(fs, file, Buffer.from(piece));
      fs.sync(file);
    } finally {
      fs.close(file);
    }
    fs.rename(temporary, path);
    syncFolder(fs, dirname(path));
  } catch (error) {
    removeIfThere(temporary, fs);
    throw storageError(error, { what: 'Could not write', path, at: refuser(error, path) });
  }
}

/** Fails when the name is taken. Where there are no hard links an empty file takes it first, which only one can make. */
function giveName(temporary: string, path: string, fs: FileSystem): void {
  try {
    fs.link(temporary, path);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    writeNew(path, Buffer.alloc(0), { mode: 0o600, fs });
    try {
      fs.rename(temporary, path);
    } catch (failure) {
      removeIfThere(path, fs);
      throw failure;
    }
  }
}

/**
 * Makes the folder and its missing parents, durably. Throws a PortiaError `storage-failed` when it cannot or when
 * something else has the name. True when it made the folder.
 */
export function ensureFolder(path: string, mode = 0o700, fs: FileSystem = realFileSystem): boolean {
  try {
    const there = fs.lstat(path);
    if (there === undefined) return makeFolder(path, mode, fs);
    if (there.isDirectory()) return false;
    throw new PortiaError('storage-failed', `${path} is not a folder.`, {
      why: there.isSymbolicLink() ? 'It is a symbolic link, and links are not followed when writing.' : undefined,
      fix: `Move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
    });
  } catch (error) {
    throw storageError(error, { what: 'Could not make the folder', path, at: refuser(error, path) });
  }
}

/** What is not there yet is made in the folder around it, and that is the one that refuses. */
function refuser(error: unknown, path: string): string {
  return errnoOf(error) === 'EACCES' ? dirname(path) : path;
}

function makeFolder(path: string, mode: number, fs: FileSystem): boolean {
  const parent = dirname(path);
  if (parent !== path && fs.lstat(parent) === undefined) ensureFolder(parent, mode, fs);
  try {
    fs.makeFolder(path, mode);
  } catch (error) {
    // Another process was faster.
    if (errnoOf(error) === 'EEXIST' && fs.lstat(path)?.isDirectory() === true) return false;
    throw error;
  }
  syncFolder(fs, parent);
  return true;
}

function refuseSpecialFile(path: string, fs: FileSystem): void {
  const there = fs.lstat(path);
  if (there === undefined || there.isFile()) return;
  const kind = there.isSymbolicLink() ? 'a symbolic link' : there.isDirectory() ? 'a folder' : 'not a regular file';
  throw new PortiaError('storage-failed', `Could not write ${path}: it is ${kind}.`, {
    why: 'Only regular files are replaced; links are not followed when writing.',
    // Devices stay where they are: moving /dev/null away breaks the machine.
    fix: path.startsWith('/dev/')
      ? `Give the name of a file; standard output goes there by: > ${shellQuote(path)}`
      : `Move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
  });
}
