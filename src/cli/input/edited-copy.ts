import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf, PortiaError } from '../../domain/errors.js';
import type { Advice } from '../../domain/next-step.js';
import { readTextOrThrow } from '../session/read-text.js';

/** Longest text that is read back. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A text in a file of its own that only this user can read, for an editor. */
export class EditedCopy {
  readonly file: string;
  readonly #folder: string;
  readonly #original: string;

  /** `name` is the file name that the editor sees. Throws a PortiaError `storage-failed`. */
  constructor(text: string, name = 'plan.json') {
    this.#original = text;
    try {
      this.#folder = mkdtempSync(join(tmpdir(), 'portia-edit-'));
      this.file = join(this.#folder, name);
      writeFileSync(this.file, text, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw new PortiaError('storage-failed', 'Could not make a copy for the editor.', {
        why: messageOf(error),
        fix: 'Free some space, or set TMPDIR to a folder that you can write to.',
        cause: error,
      });
    }
  }

  /** Rejects with a PortiaError `not-found` or `unreadable`. */
  async read(): Promise<string> {
    return readTextOrThrow(this.file, MAX_BYTES);
  }

  /**
   * Does what needs the copy and removes it. Where that fails and something would be lost, the copy stays, and the
   * error says where; `fixOf` is how to continue from there.
   */
  async use<Result>(edit: () => Promise<Result>, fixOf: (error: PortiaError) => Advice): Promise<Result> {
    let isKept = false;
    try {
      return await edit();
    } catch (error) {
      if (!(error instanceof PortiaError) || !(await this.#holdsWork())) throw error;
      isKept = true;
      const why = [error.details.why, `The edited text is kept in ${this.file}.`].filter(Boolean).join('\n');
      throw new PortiaError(error.code, error.message, { ...error.details, why, fix: fixOf(error) });
    } finally {
      if (!isKept) rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #holdsWork(): Promise<boolean> {
    try {
      const text = await this.read();
      return text !== this.#original && text.trim() !== '';
    } catch (error) {
      // What cannot be read as text may still be somebody's work; what is gone is not.
      return error instanceof PortiaError && error.code !== 'not-found';
    }
  }
}
