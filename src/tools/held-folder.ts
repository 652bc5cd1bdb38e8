import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { errnoOf } from '../domain/errors.js';

/**
 * Where Linux shows the open files of this process. A path that begins with one of them leads to what is open, whatever
 * its name has come to mean.
 */
export const OPEN_FILES = '/proc/self/fd';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// Without O_NONBLOCK, a pipe put there after the check would block for ever.
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What was opened is not what a tool may open; the message is for people. */
export class NotThatFile extends Error {}

const EXCHANGED = 'another program exchanged a folder of its path at that moment. Try again when that program is done.';
const FOREIGN_LINK =
  'it has several names (hard links) and another owner than its folder, so it may be a file of somewhere else. ' +
  'Replace it by a copy that belongs to the owner of the folder.';

export interface HoldOptions {
  /** Whether a tool may work in the folder that was really opened. */
  isAllowed(folder: string): boolean;
  /** A folder that is not there makes it work as on systems that have none. */
  openFiles?: string | undefined;
}

/** An open file. */
export interface HeldFile {
  handle: FileHandle;
  stats: Stats;
  /** What to give to the system for this very file. */
  path: string;
}

/**
 * An open folder: another program may exchange it for a link, and what is done here still happens in this folder.
 * Its methods reject with NotThatFile, or with the file system's error.
 */
export class HeldFolder {
  /** Its path when it was opened, without symbolic links. */
  readonly path: string;
  readonly #handle: FileHandle;
  /** What the system knows it by as long as it is open, if it has such a name. */
  readonly #address: string | undefined;
  readonly #options: HoldOptions;

  private constructor(opened: { path: string; handle: FileHandle; address: string | undefined }, options: HoldOptions) {
    this.path = opened.path;
    this.#handle = opened.handle;
    this.#address = opened.address;
    this.#options = options;
  }

  static async open(folder: string, options: HoldOptions): Promise<HeldFolder> {
    return HeldFolder.check(await open(folder, FOLDER), folder, options);
  }

  /** Makes the folder and its missing parents, each in a folder that is held. */
  static async make(folder: string, options: HoldOptions): Promise<HeldFolder> {
    try {
      return await HeldFolder.open(folder, options);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    }
    const name = path.basename(folder);
    // The parent is judged by the folder that is made in it, not as if the file lay in the parent itself.
    const isAllowed = (above: string) => options.isAllowed(path.join(above, name));
    const parent = await HeldFolder.make(path.dirname(folder), { ...options, isAllowed });
    try {
      return await parent.makeFolder(name, options);
    } finally {
      await parent.close();
    }
  }

  private static async check(handle: FileHandle, folder: string, options: HoldOptions): Promise<HeldFolder> {
    try {
      const { address, target = folder } = await addressOf(handle, options);
      if (!options.isAllowed(target)) throw new NotThatFile(EXCHANGED);
      if (address === undefined) await compare(handle, folder);
      return new HeldFolder({ path: target, handle, address }, options);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Does something with the name that the system knows a file of this folder by. Where the system cannot address an open
   * folder it is looked before and after whether the path still leads here: work between the two may go elsewhere.
   */
  async reach<Value>(name: string, work: (file: string) => Promise<Value>): Promise<Value> {
    if (this.#address !== undefined) return work(path.join(this.#address, name));
    await compare(this.#handle, this.path);
    const value = await work(path.join(this.path, name));
    await compare(this.#handle, this.path);
    return value;
  }

  /**
   * Opens a file for reading: a regular one, not a symbolic link, and not another name (hard link) of somebody else's
   * file.
   */
  async openFile(name: string): Promise<HeldFile> {
    const handle = await this.reach(name, (file) => open(file, FILE));
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new NotThatFile('it is not a regular file any more.');
      if (isForeignLink(stats, await this.#handle.stat())) throw new NotThatFile(FOREIGN_LINK);
      const { address } = await addressOf(handle, this.#options);
      if (address !== undefined) return { handle, stats, path: address };
      const file = path.join(this.path, name);
      await compare(handle, file);
      return { handle, stats, path: file };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Makes the names in it survive power loss. */
  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  private async makeFolder(name: string, options: HoldOptions): Promise<HeldFolder> {
    try {
      await this.reach(name, (folder) => mkdir(folder));
      await this.sync();
    } catch (error) {
      // Another program was faster.
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const handle = await this.reach(name, (folder) => open(folder, FOLDER));
    return HeldFolder.check(handle, path.join(this.path, name), options);
  }
}

/**
 * Another name (hard link) of a file that its owner may keep elsewhere: perhaps whoever made the link cannot read it.
 */
export function isForeignLink(file: Pick<Stats, 'nlink' | 'uid'>, folder: Pick<Stats, 'uid'>): boolean {
  return file.nlink > 1 && file.uid !== folder.uid;
}

/** The name that the system gives to what is open, and the path that it is; both undefined where it gives none. */
async function addressOf(
  handle: FileHandle,
  { openFiles = OPEN_FILES }: HoldOptions,
): Promise<{ address?: string; target?: string }> {
  const address = path.join(openFiles, String(handle.fd));
  try {
    return { address, target: await readlink(address) };
  } catch {
    return {};
  }
}

/** Without a way to address what is open, only the numbers of device and file tell whether a path still means it. */
async function compare(handle: FileHandle, name: string): Promise<void> {
  const [held, named, real] = await Promise.all([handle.stat(), lstat(name), realpath(name)]);
  if (real !== name || held.dev !== named.dev || held.ino !== named.ino) throw new NotThatFile(EXCHANGED);
}
