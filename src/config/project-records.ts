import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { digestText } from '../domain/values/digest.js';
import type { Json } from '../domain/values/json.js';
import { userSettingsPath } from './settings-file.js';
import { readSettingsJson } from './settings-text.js';
import { openUserFile } from './user-file.js';

/** What the user said and did about projects: a file for each, in a folder beside the user's settings. */
export class ProjectRecords {
  readonly #folder: string;

  constructor(folder: 'trusted' | 'allowed' | 'planned' | 'liked', shell: Environment) {
    this.#folder = join(dirname(userSettingsPath(shell)), folder);
  }

  /** Of the project with this real path. */
  path(root: string): string {
    return join(this.#folder, `${digestText(root).slice(0, 32)}.json`);
  }

  /** The files that there are, in no order. */
  paths(): string[] {
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).filter((name) => /^[0-9a-f]+\.json$/.test(name));
    return names.map((name) => join(this.#folder, name));
  }

  /** Undefined where nothing is kept. Throws `invalid-settings`. */
  read(path: string): Json | undefined {
    return readSettingsJson(path)?.value;
  }

  /** Rejects with a PortiaError `storage-failed` when it cannot be written. */
  async write(root: string, record: object, fix: string): Promise<void> {
    const path = this.path(root);
    try {
      const file = await openUserFile(path, { isOurs: true });
      file.store = { ...record };
    } catch (error) {
      throw notWritten(path, messageOf(error), { fix, cause: error });
    }
    // conf's writer can put a truncated file in place on a full disk and report success.
    if (JSON.stringify(this.read(path)) !== JSON.stringify(record)) {
      throw notWritten(path, 'The file does not hold what was written.', { fix });
    }
  }

  /** False when there was nothing. */
  remove(root: string, fix: string): boolean {
    const path = this.path(root);
    if (!existsSync(path)) return false;
    try {
      rmSync(path);
    } catch (error) {
      throw notWritten(path, messageOf(error), { fix, cause: error });
    }
    return true;
  }
}

function notWritten(path: string, why: string, { fix, cause }: { fix: string; cause?: unknown }): PortiaError {
  return new PortiaError('storage-failed', `${path} could not be written.`, {
    why,
    fix: [`make ${dirname(path)} writable and free some space, or set PORTIA_CONFIG_DIR to another folder`, fix].join(
      '\n',
    ),
    cause,
  });
}
