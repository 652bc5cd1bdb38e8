import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { SITE_TIMEOUT_MS, siteArguments } from './site-arguments.js';
import { askTavily, tavilyReadiness } from './tavily.js';

const reply = z.object({
  results: z.array(z.object({ url: z.string(), raw_content: z.string().nullish() })),
});

export const crawlTool = defineTool({
  id: 'crawl_tool',
  name: 'Crawl Tool',
  description:
    'Reads the pages of a site, following its links from one page, and gives the text of each: {results: [{url, ' +
    'raw_content}]}. To learn only which pages there are, map_tool is faster.',
  effect: 'read',
  sends: true,
  isPublic: true,
  timeoutMs: SITE_TIMEOUT_MS,
  args: z.object(siteArguments),
  output: z.object({ results: z.array(z.object({ url: z.string(), raw_content: z.string() })) }),
  ready: tavilyReadiness,
  run: async (context, args) => {
    const answer = await askTavily(context, { endpoint: 'crawl', body: args });
    if (!answer.ok) return answer.failure;
    const read = reply.safeParse(answer.value);
    if (!read.success) return { kind: 'failure', message: 'Tavily answered without pages.', retryable: true };
    const results = read.data.results.map(({ url, raw_content: text }) => ({ url, raw_content: text ?? '' }));
    return { kind: 'output', value: { results } };
  },
});
