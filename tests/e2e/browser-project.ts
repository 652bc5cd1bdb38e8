import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { BROWSER_SETTINGS } from '../support/chromium.js';
import { chatReply } from '../support/json-server.js';
import { makeProject, portia } from '../support/portia.js';
import { startSeeingServer, type Seen } from '../support/seeing-server.js';

type Page = (request: IncomingMessage, response: ServerResponse) => void;

/** A site with these pages; `asked` has method and address of each request. */
export async function startSite(pages: Record<string, Page | string>): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'text/html');
    const page = pages[path];
    if (typeof page === 'function') page(request, response);
    else response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

/** A step of a script: `ref` is a word of the line of the snapshot with the element. */
type Step = Record<string, unknown> & { ref?: string };

/** A model that plays a script. */
async function startScript(steps: Step[]) {
  const reply = (seen: Seen, count: number) => {
    const { ref, ...step } = steps[count - 1] ?? { do: 'give_up', why: 'the script is over' };
    const line = seen.text
      .split('\n')
      .find((each) => ref !== undefined && each.includes(ref) && each.includes('[ref='));
    const found = /\[ref=(\w+)\]/.exec(line ?? '')?.[1];
    return chatReply(JSON.stringify({ ...step, ...(ref !== undefined && { ref: found ?? `no-${ref}` }) }));
  };
  return startSeeingServer(reply);
}

interface Given {
  url: string;
  steps: Step[];
  tool?: string;
  args?: object;
  settings?: object;
}

/** A project whose only step has a page done by a model that plays a script. */
export async function project({ url, steps, tool = 'browser_tool', args = {}, settings = {} }: Given) {
  const model = await startScript(steps);
  const own = tool === 'browser_tool' ? { url } : {};
  const cwd = makeProject({
    'portia.json': {
      tools: {
        settings: { browser_tool: { ...BROWSER_SETTINGS, ...settings }, browser_tool_for_url: { url } },
      },
    },
    'plan.json': {
      plan_context: { query: 'q' },
      steps: [{ kind: 'tool', tool_id: tool, args: { ...own, task: 'Buy 7 pens.', ...args }, output: '$order' }],
    },
  });
  const temporary = join(cwd, 'tmp');
  mkdirSync(temporary);
  const env = {
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-test',
    PORTIA_MODEL: 'openai/gpt-eye',
    PORTIA_CONFIG_DIR: join(cwd, 'config'),
    TMPDIR: temporary,
  };
  const run = (...more: string[]) => portia(['run-plan', 'plan.json', ...more], { cwd, env });
  return { cwd, env, model, temporary, run };
}

/** Ids of the processes that use a folder for what they keep. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${folder}/`);
    } catch {
      return false;
    }
  });
}

export const APPROVED = ['--approve', 'browser_tool*'];
export const SHOP =
  '<title>Shop</title><h1>Pens</h1><a href=/list.csv>Prices</a><form action=/order><label>How many <input name=n></label><button>Buy</button></form>';
