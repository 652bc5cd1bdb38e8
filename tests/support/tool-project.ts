import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { makeProject } from './portia.js';

/**
 * A project with a tool module in plain JavaScript that imports `portia` and `zod` from where they are: nothing needs to
 * be translated, which counts where a project is made for each of many crashes.
 */
export function makeToolProject(tools: string, files: Record<string, string | object>): string {
  const zod = join(dirname(createRequire(import.meta.url).resolve('zod/package.json')), 'index.js');
  const places = { portia: resolve('dist/index.js'), zod };
  let text = tools;
  for (const [name, path] of Object.entries(places)) text = text.replace(`'${name}'`, `'${pathToFileURL(path).href}'`);
  return makeProject({ 'portia.json': { tools: { modules: ['./tools/*.mjs'] } }, 'tools/tools.mjs': text, ...files });
}
