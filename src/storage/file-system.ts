import * as node from 'node:fs';

import { errnoOf } from '../domain/errors.js';

/** What storage asks of the operating system: one record, so that tests can inject a fault into every call. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): number;
  close(file: number): void;
  /** Bytes read; 0 at the end. */
  read(file: number, buffer: Uint8Array, position: number): number;
  /** Bytes written, which may be fewer than given. */
  write(file: number, bytes: Uint8Array): number;
  stat(file: number): node.Stats;
  /** Undefined when there is nothing. Does not follow a symbolic link. */
  lstat(path: string): node.Stats | undefined;
  sync(file: number): void;
  dataSync(file: number): void;
  truncate(file: number, length: number): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  unlink(path: string): void;
  makeFolder(path: string, mode: number): void;
  list(path: string): string[];
  removeTree(path: string): void;
  /** Sets the time at which the file was last changed to now. */
  touch(path: string): void;
}

export const realFileSystem: FileSystem = {
  open: (path, flags, mode) => node.openSync(path, flags, mode),
  close: (file) => node.closeSync(file),
  read: (file, buffer, position) => node.readSync(file, buffer, 0, buffer.length, position),
  write: (file, bytes) => node.writeSync(file, bytes),
  stat: (file) => node.fstatSync(file),
  lstat: (path) => node.lstatSync(path, { throwIfNoEntry: false }),
  sync: (file) => node.fsyncSync(file),
  dataSync: (file) => node.fdatasyncSync(file),
  truncate: (file, length) => node.ftruncateSync(file, length),
  rename: (from, to) => node.renameSync(from, to),
  link: (from, to) => node.linkSync(from, to),
  unlink: (path) => node.unlinkSync(path),
  makeFolder: (path, mode) => node.mkdirSync(path, { mode }),
  list: (path) => node.readdirSync(path),
  touch(path) {
    const now = new Date();
    node.utimesSync(path, now, now);
  },
  removeTree: (path) => node.rmSync(path, { recursive: true, force: true }),
};

const { constants } = node;

/** Absent on systems that have no symbolic links to follow. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

export const OPEN = {
  /** Does not wait for the other end of a pipe, so that a named pipe cannot hang a command. */
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  /** The same, and fails for a symbolic link. */
  readUnlinked: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | NO_FOLLOW,
  folder: constants.O_RDONLY,
  replace: constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW,
  /** Only a file that is there. */
  overwrite: constants.O_WRONLY | NO_FOLLOW,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
  createLog: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | NO_FOLLOW,
  appendLog: constants.O_RDWR | constants.O_APPEND | NO_FOLLOW,
} as const;

/** Makes the names in a folder survive power loss. */
export function syncFolder(fs: FileSystem, folder: string): void {
  const file = fs.open(folder, OPEN.folder);
  try {
    fs.sync(file);
  } finally {
    fs.close(file);
  }
}

/** Writes all bytes, however often it takes. A write that takes nothing is a full disk. */
export function writeAll(fs: FileSystem, file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const written = fs.write(file, done === 0 ? bytes : bytes.subarray(done));
    if (written <= 0) throw fullDisk('the write took no bytes');
    done += written;
  }
}

/** What a file is to contain; text in pieces none of which ends inside of a character. */
export type FileContent = string | Uint8Array | Iterable<string>;

function piecesOf(content: FileContent): Iterable<string | Uint8Array> {
  return typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
}

/** A new file with this content, not yet durable. Removing what a failure leaves is up to the caller. */
export function writeNew(
  path: string,
  content: FileContent,
  options: { mode: number; fs: FileSystem; sync?: boolean },
): void {
  const { mode, fs } = options;
  const file = fs.open(path, OPEN.create, mode);
  try {
    let length = 0;
    for (const piece of piecesOf(content)) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      writeAll(fs, file, bytes);
      length += bytes.length;
    }
    const { size } = fs.stat(file);
    if (size !== length) throw fullDisk(`${size} of ${length} bytes arrived`);
    if (options.sync === true) fs.sync(file);
  } finally {
    fs.close(file);
  }
}

/** What file systems without hard links (FAT, some mounts) say of one. */
const WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

export function hasNoLinks(error: unknown): boolean {
  return WITHOUT_LINKS.has(errnoOf(error));
}

/** For litter only: a file that stays does no harm, and the error that made it litter is the one to report. */
export function removeIfThere(path: string, fs: FileSystem): void {
  try {
    fs.unlink(path);
  } catch {
    return;
  }
}

function fullDisk(what: string): Error {
  return Object.assign(new Error(`ENOSPC: ${what}`), { code: 'ENOSPC' });
}
