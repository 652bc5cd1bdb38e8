import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { askTavily, tavilyReadiness } from './tavily.js';

const MAX_RESULTS = 5;
const TIMEOUT_MS = 20_000;

const replySchema = z.object({
  answer: z.string().nullish(),
  results: z.array(
    z.object({
      title: z.string().default(''),
      url: z.string(),
      content: z.string().default(''),
      score: z.number().nullish(),
    }),
  ),
});

export const searchTool = defineTool({
  id: 'search_tool',
  name: 'Search Tool',
  description:
    'Searches the web and gives a short answer and the pages it comes from: {answer, results: [{title, url, content, ' +
    'score}]}. For facts that may have changed or that are not known.',
  effect: 'read',
  sends: true,
  isPublic: true,
  args: z.object({ search_query: z.string().min(1).describe('What to look for, as a question or keywords.') }),
  ready: tavilyReadiness,
  run: async (context, { search_query: query }) => search(context, query),
});

async function search(context: ToolContext, query: string): Promise<ToolResult> {
  const body = { query, include_answer: true, max_results: MAX_RESULTS };
  const reply = await askTavily(context, { endpoint: 'search', body, timeoutMs: TIMEOUT_MS });
  if (!reply.ok) return reply.failure;
  const parsed = replySchema.safeParse(reply.value);
  if (!parsed.success) return { kind: 'failure', message: 'Tavily answered without results.', retryable: true };
  const { answer, results } = parsed.data;
  const value = {
    answer: answer ?? null,
    results: results.map((result) => ({ ...result, score: result.score ?? null })),
  };
  return answer ? { kind: 'output', value, summary: answer } : { kind: 'output', value };
}
