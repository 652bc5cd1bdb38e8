import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeProject } from './portia.js';

/** The file of the server whose faults are named by its arguments. */
export const FAKE_SERVER = new URL('../doubles/mcp-server.mjs', import.meta.url).pathname;

interface ServerProject {
  /** Faults of the server. */
  modes?: string[];
  /** Added to `mcp` of portia.json. */
  mcp?: object;
  steps?: object[];
  files?: Record<string, string | object>;
}

/** A project with the server `fake`, whose annotations are believed, and a plan. What it did is in the file `acted`. */
export function serverProject({ modes = [], mcp = {}, steps = [], files = {} }: ServerProject): string {
  const env = { ACTED: '${ACTED:-./acted}', STARTED: './started', TOKEN: '${TOKEN:-}' };
  const entry = (more: string[]) => ({ command: process.execPath, args: [FAKE_SERVER, ...more], env });
  return makeProject({
    'portia.json': { mcp: { enable: ['fake'], believe_annotations: ['fake'], ...mcp } },
    '.mcp.json': { mcpServers: { fake: entry(modes), unused: entry(['exits-at-start']) } },
    'plan.json': { plan_context: { query: 'Do it.', tool_ids: [] }, steps },
    ...files,
  });
}

/** `.mcp.json` with the server `told`, which says what told.json says. What it did is in the file `acted`. */
export const TOLD_SERVERS = {
  mcpServers: {
    told: {
      command: process.execPath,
      args: [new URL('../doubles/told-mcp-server.mjs', import.meta.url).pathname],
      env: { TOLD: './told.json', ACTED: './acted' },
    },
  },
};

/** A project with that server, and a plan. */
export function toldProject({ told, mcp = {}, steps = [] }: Omit<ServerProject, 'modes'> & { told: object }): string {
  return makeProject({
    'portia.json': { mcp: { enable: ['told'], ...mcp } },
    '.mcp.json': TOLD_SERVERS,
    'told.json': told,
    'plan.json': { plan_context: { query: 'Do it.', tool_ids: [] }, steps },
  });
}

/** A step that calls a tool of the server `fake`. */
export function serverStep(tool: string, args: object, output = '$result'): object {
  return { kind: 'tool', tool_id: `mcp:fake:${tool}`, args, output };
}

/** The lines of a file that the server writes; none before it has done so. */
export function linesOf(cwd: string, file: 'acted' | 'started'): string[] {
  const path = join(cwd, file);
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}
