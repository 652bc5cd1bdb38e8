import { readdir } from 'node:fs/promises';
import path from 'node:path';

import picomatch from 'picomatch';

import { errnoOf, PortiaError } from '../domain/errors.js';

/** Names that a tool module imports and that mean portia's own copy. */
export const GIVEN_MODULES: readonly string[] = ['portia', 'zod'];

/** Absolute paths of the files that the patterns name, each once. Rejects with `invalid-settings` for one that names none. */
export async function findModuleFiles(patterns: string[], projectRoot: string): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) for (const file of await matchFiles(pattern, projectRoot)) files.add(file);
  return [...files];
}

function refuse(what: string, details: { fix: string }): PortiaError {
  return new PortiaError('invalid-settings', what, details);
}

async function matchFiles(pattern: string, root: string): Promise<string[]> {
  const absolute = path.resolve(root, pattern);
  const relative = path.relative(root, absolute);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) {
    throw refuse(`The tool module ${JSON.stringify(pattern)} is outside ${root}.`, {
      fix: 'Put it below the folder of portia.json, e.g. "tools": {"modules": ["./tools/*.ts"]}',
    });
  }
  const { base, isGlob } = picomatch.scan(relative);
  if (!isGlob) return [absolute];
  const isMatch = picomatch(relative);
  const found = (await filesBelow(path.join(root, base)))
    .filter((file) => isMatch(path.relative(root, file)) && !file.endsWith('.d.ts'))
    .sort();
  if (found.length > 0) return found;
  throw refuse(`No file matches the tool modules ${JSON.stringify(pattern)} below ${root}.`, {
    fix: 'Correct or remove it under "tools": {"modules": [...]} in portia.json.',
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isFile()) files.push(path.join(folder, entry.name));
    const isSearched = entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.');
    if (isSearched) files.push(...(await filesBelow(path.join(folder, entry.name))));
  }
  return files;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
