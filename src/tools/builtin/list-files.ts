import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';

const MAX_LISTED = 1_000;

export const listFilesTool = defineTool({
  id: 'list_files_tool',
  name: 'List Files Tool',
  description: 'Gives the paths of the files below the project folder that a pattern names, as a sorted list of texts.',
  effect: 'read',
  args: z.object({
    pattern: z
      .string()
      .default('**')
      .describe('A glob over paths, such as reports/*.csv or **/*.{md,txt}. Default: all files.'),
  }),
  output: z.array(z.string()),
  run: async ({ environment, signal }, { pattern }) => {
    const { matchingFiles } = await import('./matching-files.js');
    const found = await matchingFiles(pattern, environment, signal);
    if (!found.ok) return notDone(found.why);
    const { files } = found;
    const warnings = [
      ...found.warnings,
      ...(files.length > MAX_LISTED ? [`Only the first ${MAX_LISTED} of ${files.length} files are listed.`] : []),
    ];
    return { kind: 'output', value: files.slice(0, MAX_LISTED), ...(warnings.length > 0 && { warnings }) };
  },
});
