import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';

import { HeldFolder } from '../held-folder.js';
import { ownPart, type Jail } from '../paths.js';

/** Files and folders that a search looks at before it gives up. */
const MAX_ENTRIES = 50_000;

/**
 * Visits the regular files below the project root; their paths are relative to it. Not visited: dot-files, dot-folders,
 * node_modules, portia's own files and folders, symbolic links, and folders that may not be read. False when it gave up
 * before it had seen everything, or `visit` said so by false.
 */
export async function walkFiles(
  jail: Jail,
  signal: AbortSignal,
  visit: (file: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const { projectRoot: root } = jail;
  const realRoot = await realpath(root);
  const folders = [''];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    signal.throwIfAborted();
    for (const entry of await readFolder(path.join(realRoot, folder))) {
      seen += 1;
      if (seen > MAX_ENTRIES) return false;
      const relative = path.join(folder, entry.name);
      if (entry.name.startsWith('.') || ownPart(path.join(root, relative), jail) !== undefined) continue;
      if (entry.isDirectory() && entry.name !== 'node_modules') folders.push(relative);
      if (entry.isFile() && !(await visit(relative))) return false;
    }
  }
  return true;
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
