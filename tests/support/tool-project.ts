import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { makeProject } from './portia.js';

/**
 * A project with a tool module in plain JavaScript that imports `portia` and `zod` from where they are: nothing needs to
 * be translated, which counts where a project is made for each of many crashes.
 */
export function makeToolProject(tools: string, files: Record<string, string | object>): string {
  const text = tools
    .replace("from 'portia'", `from '${pathToFileURL(resolve('dist/index.js')).href}'`)
    .replace(
      "import * as z from 'zod';",
      `import { createRequire } from 'node:module';\nconst z = createRequire(import.meta.url)('${resolve('dist/zod.cjs')}');`,
    );
  return makeProject({ 'portia.json': { tools: { modules: ['./tools/*.mjs'] } }, 'tools/tools.mjs': text, ...files });
}
