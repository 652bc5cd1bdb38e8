import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Download as Loading } from 'playwright-core';

import { messageOf } from '../../../domain/errors.js';
import type { Download } from '../../browser-port.js';

/** How much all downloads of one call may have, and how often that is looked at. */
const MOST_BYTES = 100_000_000;
const LOOK_MS = 100;

/** The files that pages make a browser download. */
export class Downloads {
  /** Absolute path of the folder into which the browser writes, beside what is kept. */
  readonly incoming: string;
  readonly #folder: string;
  #count = 0;
  #kept: Download[] = [];
  #notes: string[] = [];
  readonly #saving: Promise<void>[] = [];

  /** `folder`: absolute path; downloads are kept there by number. */
  constructor(folder: string) {
    this.#folder = folder;
    this.incoming = join(folder, 'incoming');
    mkdirSync(this.incoming, { recursive: true });
  }

  add(loading: Loading): void {
    this.#saving.push(this.#save(loading));
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving);
  }

  /** What was downloaded since it was taken last, with a sentence for each. */
  take(): { downloads: Download[]; notes: string[] } {
    const taken = { downloads: this.#kept, notes: this.#notes };
    [this.#kept, this.#notes] = [[], []];
    return taken;
  }

  async #save(loading: Loading): Promise<void> {
    const name = loading.suggestedFilename();
    this.#count += 1;
    const file = join(this.#folder, String(this.#count));
    try {
      const problem = await this.#end(loading);
      if (problem !== null) throw new Error(problem);
      await loading.saveAs(file);
      this.#kept.push({ name, file, bytes: statSync(file).size });
      this.#notes.push(`${name} was downloaded.`);
    } catch (error) {
      this.#notes.push(`The download of ${name} failed: ${messageOf(error)}`);
    }
  }

  /** Waits for its end. Gives why it is not used; null for one that is. */
  async #end(loading: Loading): Promise<string | null> {
    let isTooMuch = false;
    const look = () => {
      isTooMuch ||= this.#bytes() > MOST_BYTES;
      return isTooMuch;
    };
    const looking = setInterval(() => {
      // A page that is closed meanwhile has ended it already.
      if (look()) void loading.cancel().catch(() => undefined);
    }, LOOK_MS);
    const failure = await loading.failure().finally(() => clearInterval(looking));
    if (!look()) return failure;
    if (failure === null) await loading.delete();
    return `the downloads of one call may have ${MOST_BYTES / 1_000_000} MB.`;
  }

  #bytes(): number {
    const sizes = readdirSync(this.incoming).map(
      (name) => statSync(join(this.incoming, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}
