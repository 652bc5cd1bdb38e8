import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';

import { errnoOf } from '../domain/errors.js';
import type { HeldFolder } from './held-folder.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface Placement {
  name: string;
  bytes: Buffer;
  /** The access rights to take over from what was there. */
  mode: number | undefined;
  isNew: boolean;
  /** Called at the last moment; when it rejects, what is there stays. */
  beforeReplacing?(): Promise<void>;
}

/** There is a file although none was expected. */
export class AppearedMeanwhile extends Error {}

/** The file has the old content or the whole new one at every instant, also through power loss. */
export async function placeFile(folder: HeldFolder, placement: Placement): Promise<void> {
  const { name, bytes, mode, isNew, beforeReplacing } = placement;
  const temporary = `.portia-${randomUUID()}.tmp`;
  const handle = await folder.reach(temporary, (file) => open(file, CREATE, 0o666));
  try {
    try {
      if (mode !== undefined) await handle.chmod(mode & 0o777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Checked at the last moment: a rename replaces whatever is there.
    if (isNew && (await folder.reach(name, exists))) throw new AppearedMeanwhile();
    await beforeReplacing?.();
    await folder.reach('.', (opened) => rename(path.join(opened, temporary), path.join(opened, name)));
  } finally {
    await folder.reach(temporary, unlinkIfThere);
  }
  await folder.sync();
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    // It is gone after a rename.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
