import path from 'node:path';

import type { Jail } from '../paths.js';
import { walkFiles } from './walk-files.js';

const MAX_FOUND = 50;

export interface FoundFiles {
  /** Relative to the root, sorted. */
  paths: string[];
  /** False when the search gave up before it had seen everything. */
  complete: boolean;
}

/** All files of this name below the project root, as far as a search looks at them. */
export async function findByName(name: string, jail: Jail, signal: AbortSignal): Promise<FoundFiles> {
  const paths: string[] = [];
  const complete = await walkFiles(jail, signal, (file) => {
    if (path.basename(file) !== name) return true;
    if (paths.length === MAX_FOUND) return false;
    paths.push(file);
    return true;
  });
  return { paths: paths.sort(), complete };
}
