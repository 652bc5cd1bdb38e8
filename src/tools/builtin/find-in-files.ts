import * as z from 'zod';

import { defineTool } from '../define-tool.js';

export const findInFilesTool = defineTool({
  id: 'find_in_files_tool',
  name: 'Find In Files Tool',
  description:
    'Looks for a text in the text files below the project folder. Gives the lines that have it: [{file, line, text}].',
  effect: 'read',
  args: z.object({
    text: z.string().min(1).describe('What to look for, inside one line.'),
    files: z.string().default('**').describe('A glob over paths, such as src/**/*.ts. Default: all files.'),
    regexp: z.boolean().default(false).describe('Whether text is a regular expression.'),
    ignore_case: z.boolean().default(false).describe('Whether capitals count as small letters.'),
  }),
  output: z.array(z.object({ file: z.string(), line: z.number(), text: z.string() })),
  run: async (context, search) => {
    const { findInFiles } = await import('./find-lines.js');
    return findInFiles(context, search);
  },
});
