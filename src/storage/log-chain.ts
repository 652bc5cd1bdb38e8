import { createHash } from 'node:crypto';

import { digestText } from '../domain/values/digest.js';

const NEWLINE = '\n';

/** The end of a log, which the next event ties itself to. */
export class LogChain {
  readonly #all = createHash('sha256');
  #prev: string | undefined;

  /** SHA-256 of the last line; undefined before the first. */
  get prev(): string | undefined {
    return this.#prev;
  }

  /** SHA-256 of every byte so far. */
  digest(): string {
    return this.#all.copy().digest('hex');
  }

  /** A line that was written or read, without its line end. */
  add(line: string | Uint8Array): void {
    this.#all.update(line).update(NEWLINE);
    this.#prev = digestText(line);
  }
}
