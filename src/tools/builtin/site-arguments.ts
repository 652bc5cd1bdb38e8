import * as z from 'zod';

/** An address of a page, as tools that hand it to a service take it. */
export const webAddress = z
  .string()
  .refine(isWebAddress, 'must be a whole http or https address without a password, such as https://example.org/page');

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const patterns = (what: string) => z.array(z.string()).optional().describe(what);

/** How far a site is followed from one page. */
export const siteArguments = {
  url: webAddress.describe('The page at which to begin.'),
  max_depth: z.int().min(1).max(5).default(1).describe('How many links away from the first page.'),
  max_breadth: z.int().min(1).max(100).default(20).describe('How many links of each page are followed.'),
  limit: z.int().min(1).max(500).default(50).describe('How many pages at most.'),
  instructions: z.string().min(1).optional().describe('What to look for, in words.'),
  select_paths: patterns('Only pages whose path matches one of these regular expressions, such as "/docs/.*".'),
  select_domains: patterns('Only pages whose host matches one of these regular expressions.'),
  exclude_paths: patterns('No page whose path matches one of these regular expressions.'),
  exclude_domains: patterns('No page whose host matches one of these regular expressions.'),
  allow_external: z.boolean().default(false).describe('Whether links to other sites are followed.'),
};

/** Following links takes longer than a call usually may. */
export const SITE_TIMEOUT_MS = 180_000;
