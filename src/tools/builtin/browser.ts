import * as z from 'zod';

import { boundHost, BROWSER_TOOL } from '../browser-host-name.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import type { Inspection, Readiness, ToolContext, ToolEnvironment, ToolResult } from '../tool.js';

const BOUND_TOOL = 'browser_tool_for_url';

/** How long one step of the work may take: it begins again with each step. */
const STEP_MS = 300_000;

const json = z.json();

const WORK = {
  task: z.string().min(1).describe('What to do or find out there, with everything that counts as done.'),
  task_data: json.optional().describe('All the data that the task needs, in full: a text, a list or an object.'),
  output_schema: z
    .record(z.string(), json)
    .optional()
    .describe('A JSON Schema that the result must fit. Default: the result is a text.'),
};
const WHAT =
  'Works with a web page in a browser, as a person does: clicks, types, chooses and reads until the task is done, and gives ' +
  'its result. For pages that must be used; fetch_tool reads those that need no browser, and is much cheaper.';

const common = { effect: 'once', sends: true, timeoutMs: STEP_MS } as const;

export const browserTool = defineTool({
  ...common,
  id: BROWSER_TOOL,
  name: 'Browser Tool',
  description: `${WHAT} One call does all the work on one site.`,
  args: z.object({ url: z.string().min(1).describe('The whole address where the work begins.'), ...WORK }),
  ready: readiness,
  inspect: async ({ url }, { environment }) => inspect(readAddress(url), environment),
  run: async (context, { url, ...rest }) => work(context, { start: readAddress(url), isBound: false, ...rest }),
});

export const browserToolForUrl = defineTool({
  ...common,
  id: BOUND_TOOL,
  name: 'Browser Tool for URL',
  description: `${WHAT} It works on the one site that the settings name, and opens no page of another.`,
  args: z.object(WORK),
  ready: async (environment) => {
    const url = boundAddress(environment);
    if (typeof url === 'object') return readiness(environment);
    return {
      ready: false,
      why: `No site is named for ${BOUND_TOOL}${url === '' ? '' : `: ${url}`}.`,
      fix: `portia.json: {"tools": {"settings": {"${BOUND_TOOL}": {"url": "https://shop.example.org"}}}}`,
    };
  },
  inspect: async (_args, { environment }) => inspect(boundAddress(environment), environment),
  run: async (context, args) => work(context, { start: boundAddress(context.environment), isBound: true, ...args }),
});

function boundAddress({ setting }: ToolEnvironment): URL | string {
  const said = setting(BOUND_TOOL, 'url');
  return typeof said === 'string' ? readAddress(said) : '';
}

/** The address, or what is wrong with it. */
function readAddress(text: string): URL | string {
  if (!URL.canParse(text))
    return `${JSON.stringify(text)} is not an address. Write it whole, such as https://example.org/page.`;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return `only http and https addresses are opened, not ${url.protocol}`;
  return url.username === '' && url.password === '' ? url : 'the address holds a user name or password';
}

async function readiness({ browser }: ToolEnvironment): Promise<Readiness> {
  if (browser === undefined) return { ready: false, why: 'No browser can be started here.', fix: '' };
  const found = await browser.find();
  return found.ok ? { ready: true } : { ready: false, why: found.why, fix: found.fix };
}

async function inspect(address: URL | string, { browser }: ToolEnvironment): Promise<Inspection> {
  const found = await browser?.find();
  const facts = found?.ok === true ? found.facts : {};
  if (typeof address === 'string') return { consent: 'ask', facts };
  return {
    consent: 'ask',
    facts: { ...facts, site: address.href },
    note: `A model clicks and types at ${boundHost(address)} as you would, with what you are signed in to there.`,
  };
}

interface Given {
  start: URL | string;
  isBound: boolean;
  task: string;
  task_data?: z.infer<typeof json> | undefined;
  output_schema?: Record<string, z.infer<typeof json>> | undefined;
}

async function work(context: ToolContext, given: Given): Promise<ToolResult> {
  const { start: address, isBound, task, task_data: data, output_schema: schema } = given;
  if (typeof address === 'string') return notDone(address === '' ? 'No site is named in the settings.' : address);
  const { browse } = await import('./browse.js');
  return browse({ start: address, isBound, task, data, schema }, context);
}
