import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { makeProject } from './portia.js';

/**
 * A project with tool modules in tools/*.mjs that has portia and zod installed: nothing needs to be translated, which
 * counts where hundreds of projects are made.
 */
export function makeToolProject(files: Record<string, string | object>): string {
  const folder = makeProject({ 'portia.json': { tools: { modules: ['./tools/*.mjs'] } }, ...files });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/portia'));
  symlinkSync(resolve('node_modules/zod'), join(folder, 'node_modules/zod'));
  return folder;
}
