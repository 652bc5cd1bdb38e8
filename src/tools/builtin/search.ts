import * as z from 'zod';

import { secretInUrl, shownUrl } from '../../domain/values/secret-names.js';
import { fetchJson, readBaseUrl } from '../bounded-fetch.js';
import { defineTool } from '../define-tool.js';
import type { Readiness, ToolContext, ToolEnvironment, ToolResult } from '../tool.js';

const KEY = 'TAVILY_API_KEY';
const BASE_URL_VARIABLE = 'TAVILY_BASE_URL';
const STANDARD_URL = 'https://api.tavily.com/';
const MAX_RESULTS = 5;

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
  ready: (environment) => readiness(environment),
  run: async (context, { search_query: query }) => search(context, query),
});

function readiness(environment: ToolEnvironment): Readiness {
  if (environment.variable(KEY)) {
    const address = readAddress(environment);
    return 'url' in address ? { ready: true } : { ready: false, why: address.why, fix: address.fix };
  }
  const why = `${KEY} is not set; web search is done by Tavily.`;
  return { ready: false, why, fix: `export ${KEY}=tvly-…   # a key from https://tavily.com` };
}

type Address = { url: URL } | { why: string; fix: string };

/** Where to search. The key goes to Tavily, or where whoever gave it says: no file sends on the shell's key. */
function readAddress(environment: ToolEnvironment): Address {
  const variable = environment.variable(BASE_URL_VARIABLE);
  const setting = environment.setting('search_tool', 'base_url');
  const where = variable === undefined ? 'The base_url of search_tool' : BASE_URL_VARIABLE;
  const url = readBaseUrl(variable ?? setting, STANDARD_URL);
  if (url === undefined) return { why: `${where} is not an address.`, fix: `Write for example ${STANDARD_URL}` };
  const secret = secretInUrl(url);
  if (secret !== undefined) {
    return { why: `${where} ${secret}.`, fix: `Write the address without it; the key goes in ${KEY}.` };
  }
  const from =
    variable === undefined ? { toolId: 'search_tool', setting: 'base_url' } : { variable: BASE_URL_VARIABLE };
  const isTavily = url.origin === new URL(STANDARD_URL).origin;
  if (isTavily || environment.mayReceiveKey(KEY, { url: url.href, ...from })) return { url };
  const origin = variable === undefined ? undefined : environment.variableOrigin(BASE_URL_VARIABLE);
  const missing = origin === 'shell' ? `${KEY}=tvly-…` : `${BASE_URL_VARIABLE}=${shownUrl(url.href)}`;
  return {
    why: `${origin === 'dotenv' ? '.env' : where} would send ${KEY} to ${url.origin}, but the key and the address come from different places.`,
    fix: `If that is right: export ${missing}`,
  };
}

function failure(message: string, retryable = false): ToolResult {
  return { kind: 'failure', message, retryable };
}

async function search({ environment, signal }: ToolContext, query: string): Promise<ToolResult> {
  const ready = readiness(environment);
  if (!ready.ready) return failure(`${ready.why} ${ready.fix}`);
  const address = readAddress(environment);
  if (!('url' in address)) return failure(`${address.why} ${address.fix}`);
  const reply = await fetchJson({
    url: new URL('search', address.url),
    signal,
    service: 'Tavily',
    method: 'POST',
    headers: { authorization: `Bearer ${environment.variable(KEY) ?? ''}` },
    body: { query, include_answer: true, max_results: MAX_RESULTS },
  });
  if (!reply.ok) return reply.failure;
  const parsed = replySchema.safeParse(reply.value);
  if (!parsed.success) return failure('Tavily answered without results.', true);
  const { answer, results } = parsed.data;
  const value = {
    answer: answer ?? null,
    results: results.map((result) => ({ ...result, score: result.score ?? null })),
  };
  return answer ? { kind: 'output', value, summary: answer } : { kind: 'output', value };
}
