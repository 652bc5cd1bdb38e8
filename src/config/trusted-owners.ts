import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { Environment } from '../domain/environment.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { readUserSettings, userSettingsPath } from './settings-file.js';
import { openUserFile } from './user-file.js';

/**
 * Remembers whose files count, beside the user's own, in the project at this real path; with none it is forgotten.
 * Nothing else in the user's settings changes. Rejects with a PortiaError `invalid-settings` when the file is damaged
 * (it is left as it is) and `storage-failed` when it cannot be written.
 */
export async function keepTrustedOwners(root: string, owners: number[], shell: Environment): Promise<void> {
  const { [root]: _before, ...others } = await trustedOwners(shell);
  const wanted = owners.length === 0 ? others : { ...others, [root]: owners };
  const path = userSettingsPath(shell);
  try {
    const file = await openUserFile(path, { isOurs: false });
    file.set('trusted_owners', wanted);
  } catch (error) {
    throw notWritten(path, messageOf(error), error);
  }
  // conf's writer can put a truncated file in place on a full disk and report success.
  const isThere = existsSync(path) && isDeepStrictEqual(await trustedOwners(shell), wanted);
  if (!isThere) throw notWritten(path, 'The file does not hold what was written.');
}

/** By the real path of a project's root, the other users whose files count there. */
export async function trustedOwners(shell: Environment): Promise<Record<string, number[]>> {
  const user = await readUserSettings(shell);
  return user?.settings.trusted_owners ?? {};
}

function notWritten(path: string, why: string, cause?: unknown): PortiaError {
  return new PortiaError('storage-failed', `${path} could not be written.`, {
    why,
    fix: `make ${dirname(path)} writable and free some space, or set PORTIA_CONFIG_DIR to another folder`,
    cause,
  });
}
