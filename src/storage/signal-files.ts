import { join } from 'node:path';

import { errnoOf, PortiaError } from '../domain/errors.js';
import {
  isInTime,
  isKept,
  SIGNAL_KEPT_MS,
  subjectOf,
  takerOf,
  type AwaitedEvent,
  type NewSignal,
  type TakenSignal,
  type WantedSignal,
} from '../domain/run/signals.js';
import type { Now } from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';
import { removeIfThere, syncFolder, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import type { ProcessIdentity } from './process-identity.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { newSignalId } from './signal-id.js';
import { clearTemporaries } from './temporary-files.js';

export interface SignalFilesOptions {
  fs: FileSystem;
  now: Now;
  self: () => ProcessIdentity;
}

/** A folder for each day on which signals were sent: `2026-12-01`. */
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Digest of the event, id, and of one that is taken a digest of who has it. */
const SIGNAL = /^[0-9a-f]{64}\..+\.json$/;

/**
 * The folder `runs/signals/`. A signal is a file that is called by its event and its id. A run takes it by giving it a
 * longer name: of many at once one can, whatever kills them.
 */
export class SignalFiles {
  readonly #folder: string;
  readonly #options: SignalFilesOptions;
  readonly #fs: FileSystem;

  constructor(folder: string, options: SignalFilesOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#fs = options.fs;
  }

  send({ event, key, data }: NewSignal): { id: string; sent_at: string } {
    const { now, self } = this.#options;
    const sent_at = now().toISOString();
    const id = newSignalId();
    this.#removeOld(sent_at);
    const folder = join(this.#folder, sent_at.slice(0, 10));
    ensureFolder(folder, 0o700, this.#fs);
    clearTemporaries(folder, { fs: this.#fs, self: self() });
    const text = `${JSON.stringify({ id, event, key, sent_at, data })}\n`;
    const name = `${subjectOf({ event, key })}.${id}.json`;
    writeFileSafely(join(folder, name), text, { fs: this.#fs, writer: self(), replace: false });
    return { id, sent_at };
  }

  take(wanted: WantedSignal): TakenSignal | undefined {
    const taker = takerOf(wanted);
    const files = this.#filesOf(wanted);
    const mine = files.find(({ name }) => name.endsWith(`.${taker}.json`));
    if (mine !== undefined) return this.#read(mine.path);
    for (const { folder, path, name } of files.filter((file) => isFree(file))) {
      const signal = this.#read(path);
      if (signal === undefined || !this.#isKept(signal) || !isInTime(signal, wanted)) continue;
      const taken = join(folder, name.replace(/json$/, `${taker}.json`));
      if (this.#rename(path, taken)) return signal;
    }
    return undefined;
  }

  has(event: AwaitedEvent): boolean {
    return this.#filesOf(event).some((file) => isFree(file) && this.#isThere(file.path));
  }

  count(): number {
    return this.#files(() => true).filter((file) => isFree(file) && this.#isThere(file.path)).length;
  }

  forget({ id, sent_at }: TakenSignal): void {
    const folder = join(this.#folder, sent_at.slice(0, 10));
    for (const name of listFolder(folder, this.#fs)) {
      if (name.includes(`.${id}.`)) removeIfThere(join(folder, name), this.#fs);
    }
  }

  #filesOf(event: AwaitedEvent): SignalFile[] {
    const subject = subjectOf(event);
    return this.#files((name) => name.startsWith(`${subject}.`));
  }

  /** The oldest of each event first. */
  #files(isWanted: (name: string) => boolean): SignalFile[] {
    const days = listFolder(this.#folder, this.#fs).filter((name) => DAY.test(name));
    return days.sort().flatMap((day) => {
      const folder = join(this.#folder, day);
      const names = listFolder(folder, this.#fs).filter((name) => SIGNAL.test(name) && isWanted(name));
      return names.sort().map((name) => ({ folder, name, path: join(folder, name) }));
    });
  }

  #isKept(signal: TakenSignal | undefined): boolean {
    return signal !== undefined && isKept(signal, this.#options.now());
  }

  /** Also when it cannot be read: the run that takes it says so, and no other run is held up. */
  #isThere(path: string): boolean {
    try {
      return this.#isKept(this.#read(path));
    } catch (error) {
      if (error instanceof PortiaError && error.code === 'unreadable') return true;
      throw error;
    }
  }

  /** Undefined when another process has just taken it. */
  #read(path: string): TakenSignal | undefined {
    const file = readBytes(path, this.#fs);
    if (file === undefined) return undefined;
    const value = parseJsonOrThrow(file.bytes, path);
    if (isJsonObject(value) && typeof value['id'] === 'string' && typeof value['sent_at'] === 'string') {
      return { id: value['id'], sent_at: value['sent_at'], data: value['data'] ?? null };
    }
    throw new PortiaError('unreadable', `${path} is not a signal.`, { fix: 'Delete the file.' });
  }

  #rename(from: string, to: string): boolean {
    try {
      this.#fs.rename(from, to);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
    syncFolder(this.#fs, join(to, '..'));
    return true;
  }

  #removeOld(now: string): void {
    const oldest = new Date(Date.parse(now) - SIGNAL_KEPT_MS).toISOString().slice(0, 10);
    for (const day of listFolder(this.#folder, this.#fs)) {
      if (DAY.test(day) && day < oldest) this.#fs.removeTree(join(this.#folder, day));
    }
  }
}

interface SignalFile {
  folder: string;
  name: string;
  path: string;
}

/** Event, id and `json`: one that is taken has a fourth part. */
function isFree({ name }: SignalFile): boolean {
  return name.split('.').length === 3;
}
