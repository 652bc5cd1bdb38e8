import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf, PortiaError } from '../../domain/errors.js';
import { readTextOrThrow } from '../session/read-text.js';

/** Longest text that is read back. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A text in a file of its own that only this user can read, for an editor. */
export class EditedCopy {
  readonly file: string;
  readonly #folder: string;
  readonly #original: string;

  /** `name` is what an editor goes by. Throws a PortiaError `storage-failed`. */
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

  /** Whether something would be lost with it. */
  async holdsWork(): Promise<boolean> {
    try {
      const text = await this.read();
      return text !== this.#original && text.trim() !== '';
    } catch (error) {
      // What cannot be read as text may still be somebody's work; what is gone is not.
      return error instanceof PortiaError && error.code !== 'not-found';
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
