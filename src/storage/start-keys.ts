import { join } from 'node:path';

import { digestText } from '../domain/values/digest.js';
import { errnoOf } from '../domain/errors.js';
import { isRunId, type RunId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { hasNoLinks, removeIfThere, syncFolder, writeNew, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import type { ProcessIdentity } from './process-identity.js';
import { readBytes } from './read-file.js';
import { ensureFolder } from './safe-write.js';
import { storageError } from './storage-error.js';
import type { StartKey } from './start-key-store.js';
import { clearTemporaries, temporaryName } from './temporary-files.js';

/** The folder `runs/keys/`: which run each key of a start belongs to. A file appears whole and is never changed. */
export class StartKeys {
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #self: () => ProcessIdentity;

  constructor(folder: string, { fs, self }: { fs: FileSystem; self: () => ProcessIdentity }) {
    this.#folder = folder;
    this.#fs = fs;
    this.#self = self;
  }

  find(key: string): RunId | undefined {
    return this.#read(this.#path(key));
  }

  /** The run that the key belongs to: this one, unless another start came first. Of many at once one wins. */
  claim(key: string, id: RunId): RunId {
    const path = this.#path(key);
    const there = this.#read(path);
    if (there !== undefined) return there;
    ensureFolder(this.#folder, 0o700, this.#fs);
    clearTemporaries(this.#folder, { fs: this.#fs, self: this.#self() });
    try {
      this.#make(path, `${JSON.stringify({ key, run_id: id })}\n`);
      return id;
    } catch (error) {
      const other = errnoOf(error) === 'EEXIST' ? this.#read(path) : undefined;
      if (other !== undefined) return other;
      throw storageError(error, { what: 'Could not write', path });
    }
  }

  list(): StartKey[] {
    return listFolder(this.#folder, this.#fs).flatMap((name) => {
      const found = name.endsWith('.json') ? this.#readWhole(join(this.#folder, name)) : undefined;
      return found === undefined ? [] : [found];
    });
  }

  /** After it, a start with the key of a removed run begins a new run. */
  forget(id: RunId): void {
    for (const name of listFolder(this.#folder, this.#fs)) {
      const path = join(this.#folder, name);
      if (this.#read(path) === id) removeIfThere(path, this.#fs);
    }
  }

  #make(path: string, text: string): void {
    const bytes = Buffer.from(text);
    const temporary = join(this.#folder, temporaryName(this.#self()));
    try {
      writeNew(temporary, bytes, { mode: 0o600, fs: this.#fs, sync: true });
      this.#fs.link(temporary, path);
    } catch (error) {
      if (!hasNoLinks(error)) throw error;
      writeNew(path, bytes, { mode: 0o600, fs: this.#fs, sync: true });
    } finally {
      removeIfThere(temporary, this.#fs);
    }
    syncFolder(this.#fs, this.#folder);
  }

  #read(path: string): RunId | undefined {
    return this.#readWhole(path)?.run_id;
  }

  #readWhole(path: string): StartKey | undefined {
    const file = readBytes(path, this.#fs);
    if (file === undefined) return undefined;
    // What is not JSON is one that is being written where there are no hard links; a start with its key is refused.
    const value = jsonOf(Buffer.from(file.bytes).toString());
    const { key, run_id: id } = isJsonObject(value) ? value : {};
    return typeof key === 'string' && isRunId(id) ? { key, run_id: id } : undefined;
  }

  /** The name tells nothing of the key, and any text is a key. */
  #path(key: string): string {
    return join(this.#folder, `${digestText(key)}.json`);
  }
}
