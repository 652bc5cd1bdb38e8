import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { errnoOf } from '../domain/errors.js';

/**
 * Makes the folder and its missing parents, private to the user. Links to folders are followed. Node's own way never
 * ends where the system says that a folder is missing which cannot be made, as below /proc.
 */
export function makeFolders(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolders(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (errnoOf(error) !== 'EEXIST' || !isThere) throw error;
  }
}
