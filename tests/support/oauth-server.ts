import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { expect, onTestFinished } from 'vitest';

import { errnoOf } from '../../src/domain/errors.js';
import { makeProject, portia, startPortia, ended, type Ended } from './portia.js';
import { portiaHere } from './portia-here.js';
import { openPortia } from './scenario.js';
import type { TestTerminal } from './terminal.js';

const SERVER = new URL('../doubles/oauth-mcp-server.mjs', import.meta.url).pathname;

interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface OauthServer {
  url: string;
  /** Sets how it behaves from now on. */
  set(setting: object): Promise<void>;
  /** Requests by path, in their order. */
  seen(path: string): SeenRequest[];
  /** How often a tool of it was called. */
  booked(): number;
}

/** A project whose server `tickets` lets in who has signed in, and that server, which ends with the test. */
export async function ticketProject(oauth?: {
  clientId: string;
  callbackPort: number;
}): Promise<{ cwd: string; server: OauthServer }> {
  const step = { kind: 'tool', tool_id: 'mcp:tickets:book', args: {}, output: '$result' };
  const cwd = makeProject({
    'portia.json': { mcp: { enable: ['tickets'] }, approvals: { 'mcp:*': 'allow' } },
    'plan.json': { plan_context: { query: 'Book.', tool_ids: [] }, steps: [step] },
    '.mcp.json': {
      mcpServers: {
        tickets: {
          url: '${TICKETS}/mcp',
          headers: { 'X-Own': 'for-tickets-only' },
          ...(oauth !== undefined && { oauth }),
        },
      },
    },
  });
  return { cwd, server: await startServer(join(cwd, 'requests'), oauth?.callbackPort) };
}

async function startServer(log: string, port = 0): Promise<OauthServer> {
  const child = spawn(process.execPath, [SERVER], {
    env: { LOG: log, PORT: String(port) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const url = String((await lines.next()).value);
  const all = (): SeenRequest[] =>
    readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SeenRequest);
  return {
    url,
    async set(setting) {
      child.stdin.write(`${JSON.stringify(setting)}\n`);
      expect((await lines.next()).value).toBe('set');
    },
    seen: (path) => all().filter((request) => request.path === path),
    booked: () => all().filter(({ body }) => body.includes('"tools/call"')).length,
  };
}

/** What a browser gets that goes to an address of a page, and follows where it is sent. */
export async function browse(url: string): Promise<{ status: number; text: string }> {
  for (;;) {
    try {
      const response = await fetch(url);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      // A person loads the page again when nobody listens yet.
      if (!(error instanceof Error) || errnoOf(error.cause) !== 'ECONNREFUSED') throw error;
      await wait(20);
    }
  }
}

/** The address at which a browser ends that nobody answers. */
export async function endOf(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  return response.headers.get('location') ?? '';
}

/** Signs in by the command that waits for the browser. */
export async function signIn({ cwd, server }: { cwd: string; server: OauthServer }): Promise<Ended> {
  const env = { TICKETS: server.url };
  const child = startPortia(['mcp', 'sign-in', 'tickets'], { cwd, env });
  const over = ended(child);
  const url = await printedAddress(child.stderr);
  expect(await browse(url)).toEqual({ status: 200, text: 'You are signed in. You can close this window.\n' });
  return over;
}

async function printedAddress(stream: Readable | null): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    stream?.on('data', (text: string) => {
      printed += text;
      const [url] = /http:\S+authorize\S+(?=\s)/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

/** The files of the user in which sign-ins are kept. */
export function signInFiles(cwd: string): { name: string; mode: number; text: string }[] {
  const folder = join(cwd, '.home', '.config', 'portia', 'mcp-sign-ins');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, path: join(folder, name) }))
    .filter(({ path }) => statSync(path).isFile())
    .map(({ name, path }) => ({ name, mode: statSync(path).mode & 0o777, text: readFileSync(path, 'utf8') }));
}

/** The tokens that are kept. */
export function tokensOf(cwd: string): string[] {
  return signInFiles(cwd).flatMap(({ text }) => text.match(/(?:access|refresh)-[0-9a-f]{24}/g) ?? []);
}

/** Commands in such a project, in this process or, as `portia`, by the built binary. */
export function commandsIn({ cwd, server }: { cwd: string; server: OauthServer }) {
  const env = { TICKETS: server.url };
  return {
    here: async (...words: string[]): Promise<Ended> => portiaHere(words, { cwd, env }),
    portia: async (...words: string[]): Promise<Ended> => portia(words, { cwd, env }),
    open: (...words: string[]): TestTerminal => openPortia(words, { cwd, env, cols: 1_000 }),
  };
}
