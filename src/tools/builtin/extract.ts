import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { webAddress } from './site-arguments.js';
import { askTavily, tavilyReadiness } from './tavily.js';

/** As many as Tavily takes. */
const MOST_PAGES = 20;

const argsSchema = z.object({
  urls: z.array(webAddress).min(1).max(MOST_PAGES).describe('The whole addresses of the pages, 20 at most.'),
  include_images: z.boolean().default(false).describe('Also the addresses of pictures.'),
  include_favicon: z.boolean().default(false).describe('Also the address of the icon of the site.'),
  extract_depth: z
    .enum(['basic', 'advanced'])
    .default('basic')
    .describe('advanced also reads tables and embedded content; it is slower and costs more.'),
  format: z.enum(['markdown', 'text']).default('markdown'),
});

const replySchema = z.object({
  results: z.array(
    z.object({
      url: z.string(),
      raw_content: z.string().nullish(),
      images: z.array(z.string()).nullish(),
      favicon: z.string().nullish(),
    }),
  ),
  failed_results: z.array(z.object({ url: z.string(), error: z.string().default('no reason given') })).default([]),
});

export const extractTool = defineTool({
  id: 'extract_tool',
  name: 'Extract Tool',
  description:
    'Reads pages of the web and gives their text: {results: [{url, raw_content}], failed_results: [{url, error}]}. Also ' +
    'reads pages that need a browser, which fetch_tool cannot; up to 20 at once.',
  effect: 'read',
  sends: true,
  isPublic: true,
  args: argsSchema,
  output: z.object({
    results: z.array(
      z.object({
        url: z.string(),
        raw_content: z.string(),
        images: z.array(z.string()).optional(),
        favicon: z.string().optional(),
      }),
    ),
    failed_results: z.array(z.object({ url: z.string(), error: z.string() })),
  }),
  ready: tavilyReadiness,
  run: async (context, args) => extract(context, args),
});

async function extract(context: ToolContext, args: z.infer<typeof argsSchema>): Promise<ToolResult> {
  const answer = await askTavily(context, { endpoint: 'extract', body: args });
  if (!answer.ok) return answer.failure;
  const read = replySchema.safeParse(answer.value);
  if (!read.success) return { kind: 'failure', message: 'Tavily answered without pages.', retryable: true };
  const { results, failed_results: failed } = read.data;
  const reasons = failed.map(({ url, error }) => `${url} was not read: ${error}`);
  if (results.length === 0 && failed.length > 0)
    return { kind: 'failure', message: reasons.join('\n'), retryable: true };
  const pages = results.map(({ url, raw_content: text, images, favicon }) => ({
    url,
    raw_content: text ?? '',
    ...(args.include_images && { images: images ?? [] }),
    ...(args.include_favicon && typeof favicon === 'string' && { favicon }),
  }));
  return { kind: 'output', value: { results: pages, failed_results: failed }, warnings: reasons };
}
