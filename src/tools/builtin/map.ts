import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { SITE_TIMEOUT_MS, siteArguments } from './site-arguments.js';
import { askTavily, tavilyReadiness } from './tavily.js';

const reply = z.object({ results: z.array(z.string()) });

export const mapTool = defineTool({
  id: 'map_tool',
  name: 'Map Tool',
  description:
    'Finds the pages of a site, following its links from one page, and gives their addresses: {results: [url]}. To read ' +
    'them, use crawl_tool, or extract_tool for some of them.',
  effect: 'read',
  sends: true,
  isPublic: true,
  timeoutMs: SITE_TIMEOUT_MS,
  args: z.object({
    ...siteArguments,
    categories: z
      .array(z.string())
      .optional()
      .describe('Only pages of these kinds, such as "Documentation" or "Blog".'),
  }),
  output: z.object({ results: z.array(z.string()) }),
  ready: tavilyReadiness,
  run: async (context, args) => {
    const answer = await askTavily(context, { endpoint: 'map', body: args });
    if (!answer.ok) return answer.failure;
    const read = reply.safeParse(answer.value);
    if (!read.success) return { kind: 'failure', message: 'Tavily answered without addresses.', retryable: true };
    return { kind: 'output', value: { results: read.data.results } };
  },
});
