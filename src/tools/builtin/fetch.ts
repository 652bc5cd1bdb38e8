import * as z from 'zod';

import { defineTool } from '../define-tool.js';

export const fetchTool = defineTool({
  id: 'fetch_tool',
  name: 'Fetch Tool',
  description:
    'Reads a page of the public web, and gives its main text as Markdown: {url, title, text}. ' +
    'Also reads files of text, JSON and XML at an address. Gives only what is at that address.',
  effect: 'read',
  sends: true,
  isPublic: true,
  args: z.object({ url: z.string().min(1).describe('The whole address, such as https://example.org/page.') }),
  output: z.object({ url: z.string(), title: z.string().nullable(), text: z.string() }),
  run: async ({ signal }, { url }) => {
    const { fetchPage } = await import('./fetch-page.js');
    return fetchPage(url, signal);
  },
});
