import { dirname, join } from 'node:path';

import type { QueuePause, Refusal } from '../domain/run/queue.js';
import type { Now, RunId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import type { FileSystem } from './file-system.js';
import type { ProcessIdentity } from './process-identity.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import { readRefusals } from './read-refusals.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { workAlone } from './work-alone.js';

/** The folder `runs/queue/`: what is paused, and the lock of whoever chooses the next run. */
export class QueueFolder {
  readonly #folder: string;
  readonly #options: { fs: FileSystem; self: () => ProcessIdentity; now: Now };

  constructor(folder: string, options: { fs: FileSystem; self: () => ProcessIdentity; now: Now }) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Of all processes one works at a time. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const { fs, self, now } = this.#options;
    ensureFolder(this.#folder, 0o700, fs);
    return workAlone(this.#folder, { fs, self: self(), now }, work);
  }

  /** Throws `unreadable` when the file holds something else. */
  pauses(): QueuePause[] {
    const path = this.#pausesPath();
    const file = readBytes(path, this.#options.fs);
    if (file === undefined) return [];
    const value: unknown = parseJsonOrThrow(file.bytes, path);
    if (Array.isArray(value) && value.every(isPause)) return value;
    throw new PortiaError('unreadable', `${path} does not say what is paused.`, {
      fix: `Correct it, or remove it, and nothing is paused: rm ${shellQuote(path)}`,
    });
  }

  keepPauses(pauses: readonly QueuePause[]): void {
    const { fs, self } = this.#options;
    writeFileSafely(this.#pausesPath(), `${JSON.stringify(pauses)}\n`, { fs, writer: self() });
  }

  refusals(id: RunId): Refusal[] {
    const file = readBytes(this.#refusalsPath(id), this.#options.fs);
    return file === undefined ? [] : readRefusals(jsonOf(Buffer.from(file.bytes).toString()));
  }

  keepRefusals(id: RunId, refusals: readonly Refusal[]): void {
    const { fs, self } = this.#options;
    writeFileSafely(this.#refusalsPath(id), `${JSON.stringify(refusals)}\n`, { fs, writer: self() });
  }

  /** Beside the log of the run, with which it goes. */
  #refusalsPath(id: RunId): string {
    return join(dirname(this.#folder), id, 'refusals.json');
  }

  #pausesPath(): string {
    return join(this.#folder, 'pauses.json');
  }
}

function isPause(value: unknown): value is QueuePause {
  if (!isJsonObject(value)) return false;
  const { label, since } = value;
  return (label === null || typeof label === 'string') && typeof since === 'string';
}
