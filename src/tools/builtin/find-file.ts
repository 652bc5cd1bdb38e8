import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';

import { HeldFolder } from '../held-folder.js';
import { ownPart, type Jail } from '../paths.js';

/** Files and folders that a search looks at before it gives up. */
const MAX_ENTRIES = 50_000;
const MAX_FOUND = 50;

export interface FoundFiles {
  /** Relative to the root, sorted. */
  paths: string[];
  /** False when the search gave up before it had seen everything. */
  complete: boolean;
}

/**
 * All regular files of this name below the project root. Not looked into: dot-folders, node_modules, portia's own folders,
 * symbolic links, and folders that may not be read.
 */
export async function findByName(name: string, jail: Jail, signal: AbortSignal): Promise<FoundFiles> {
  const { projectRoot: root } = jail;
  const realRoot = await realpath(root);
  const paths: string[] = [];
  const folders = [''];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    signal.throwIfAborted();
    for (const entry of await readFolder(path.join(realRoot, folder))) {
      seen += 1;
      if (seen > MAX_ENTRIES || paths.length >= MAX_FOUND) return { paths: paths.sort(), complete: false };
      const relative = path.join(folder, entry.name);
      if (entry.isDirectory() && isSearched(path.join(root, relative), entry.name, jail)) folders.push(relative);
      if (entry.isFile() && entry.name === name) paths.push(relative);
    }
  }
  return { paths: paths.sort(), complete: true };
}

function isSearched(folder: string, name: string, jail: Jail): boolean {
  return !name.startsWith('.') && name !== 'node_modules' && ownPart(folder, jail) === undefined;
}

async function readFolder(folder: string): Promise<Dirent[]> {
  try {
    // Not by its name, which may lead out of the project by now.
    const held = await HeldFolder.open(folder, { isAllowed: (opened) => opened === folder });
    try {
      return await held.reach('.', (opened) => readdir(opened, { withFileTypes: true }));
    } finally {
      await held.close();
    }
  } catch {
    // A folder that cannot be listed has no file that could be read.
    return [];
  }
}
