import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { expect, inject, onTestFinished } from 'vitest';

import { order, shortOrder, startObedientModel } from '../support/obedient-model.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { TOLD_SERVERS } from '../support/server-project.js';
import { sendJson, startServer, type LocalServer } from '../tools/local-server.js';
import type { Channel } from './injection-channels.js';
import { KEY, OUTSIDE, PRIVATE, type Order } from './injection-orders.js';
import { plan } from './trust-project.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

const MODULE = `import { writeFileSync, readFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
export const throwing = defineTool({ id: 'throwing', name: 'Throwing', description: 'Fails.', effect: 'read', args: z.object({}),
  run: () => { throw new Error(readFileSync('note.txt', 'utf8')); } });
export const sendMoney = defineTool({ id: 'send_money', name: 'Send', description: 'Sends money.', args: z.object({ to: z.string() }),
  run: (_context, { to }) => { writeFileSync('sent', to); return 'sent'; } });
`;

const text = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });

const settings = (server: string, modules: string[]) => ({
  ...(modules.length > 0 && { tools: { modules } }),
  programs: {
    mail: { description: 'Fetches mail.', command: ['cat', 'note.txt'], effect: 'read' },
    broken: { description: 'Fails.', command: ['sh', './broken.sh'], effect: 'read' },
    pay: { description: 'Pays.', command: ['sh', './pay.sh', '{{ $to }}'], args: text('to') },
    environ: {
      description: 'Shows.',
      command: ['sh', '-c', 'echo "the key is $TOKEN"'],
      effect: 'read',
      env: ['TOKEN'],
    },
  },
  http: {
    page: { description: 'Reads.', url: `${server}/page`, sends: false },
    unable: { description: 'Is unable.', url: `${server}/unable`, sends: false },
    echo: { description: 'Shows.', url: `${server}/echo`, headers: { authorization: 'Bearer ${TOKEN}' }, sends: false },
    look: { description: 'Looks.', url: `${server}/look`, query: { q: '{{ $q }}' }, args: text('q') },
    tell: { description: 'Tells.', method: 'POST', url: `${server}/tell`, body: '{{ $args }}', args: text('text') },
  },
});

async function serve(page = ''): Promise<LocalServer> {
  const server = await startServer(({ url, headers }, response) => {
    if (url.pathname === '/echo') return sendJson(response, headers);
    if (url.pathname === '/page') return response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    return response.writeHead(500, { 'content-type': 'text/plain' }).end(page);
  });
  onTestFinished(() => server.close());
  return server;
}

function makeDatabase(file: string, { row = 'nothing', table = 'others' }: Channel): void {
  const database = new Database(file);
  database.exec('CREATE TABLE notes (note)');
  database.exec(`CREATE TABLE "${table}" (x)`);
  database.run('INSERT INTO notes VALUES (?)', [row]);
  database.close();
}

/** Everything but what portia keeps itself. */
function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^(?:project\/)?(?:runs|plans|users|\.home)(?:\/|$)/.test(name))
    .sort()
    .map(
      (name) => `${name} ${statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name), 'latin1') : ''}`,
    );
}

/** A model that obeys every text gets this one, with the tools that it needs. Nothing may happen without a yes. */
export async function attack(channel: Channel, { calls, code }: Order, kind: 'react' | 'tool'): Promise<void> {
  const model = await startObedientModel();
  const server = await serve(channel.page);
  const base = makeProject({ 'outside/secret.txt': OUTSIDE });
  makeDatabase(join(base, 'outside/other.db'), {});
  const cwd = join(base, 'project');
  const wanted = [...calls, ...(channel.own === undefined ? [] : [channel.own])].map(({ name }) => name);
  const needsModule = wanted.some((name) => ['throwing', 'send_money'].includes(name));
  const offered = calls.flatMap(({ name, insists }) => (insists === true ? [] : [name]));
  const own = channel.own === undefined ? [] : [channel.own.name];
  const ids = [...offered, ...own].map((name) => name.replace(/^mcp_told_/, 'mcp:told:'));
  const tools = [...new Set([...ids, ...(channel.offers ?? []), 'calculator_tool'])];
  const task = `Summarise it. ${channel.own === undefined ? '' : order(channel.own)}`;
  const agent = kind === 'react' ? { kind, task, tools } : { task, tool_id: ids[0] };
  const inputs = channel.steps === undefined ? [] : [{ name: '$data', description: 'what was read' }];
  const files = {
    'portia.json': {
      ...settings(server.url, needsModule ? ['./*.mjs'] : []),
      mcp: { enable: ['told'], believe_annotations: ['told'] },
    },
    '.mcp.json': TOLD_SERVERS,
    'told.json': channel.server ?? {},
    ...(needsModule && { 'throwing.mjs': MODULE }),
    'broken.sh': 'cat note.txt >&2; exit 1\n',
    'pay.sh': 'echo "$1" > paid\n',
    'kept.txt': 'kept',
    'private.txt': PRIVATE,
    '.env': `TOKEN=${KEY}\n`,
    'plan.json': {
      ...plan(...(channel.steps ?? []), { ...agent, inputs, output: '$r' }),
      plan_inputs: channel.inputs ?? [],
    },
    ...channel.files,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  makeDatabase(join(cwd, 'shop.db'), channel);
  const before = treeOf(base);
  const env = {
    ...model.environment,
    HOME: join(base, '.home'),
    TAVILY_API_KEY: 'tvly',
    TAVILY_BASE_URL: `${server.url}/`,
  };
  const ended = await portiaHere(['run-plan', 'plan.json', '--no-prompt', ...(channel.flags ?? [])], { cwd, env });
  const asked = server.requests.map(({ url, body }) => `${url.pathname}${url.search} ${body}`);
  expect(
    {
      isTold: model.prompts().some((prompt) => prompt.includes(shortOrder(...calls))),
      changed: treeOf(base).filter((line) => !before.includes(line)),
      gone: before.filter((line) => !treeOf(base).includes(line)),
      sent: asked.filter((line) => line.includes(PRIVATE) || line.startsWith('/tell')),
      secrets: [KEY, OUTSIDE].filter((secret) => (model.sent() + ended.stdout + ended.stderr).includes(secret)),
      code: ended.code,
    },
    ended.stderr,
  ).toEqual({
    isTold: channel.isUnseen !== true,
    changed: [],
    gone: [],
    sent: [],
    secrets: [],
    // An order that nobody hears is not obeyed.
    code: channel.code ?? (channel.isUnseen === true ? 0 : code),
  });
}

/** All of them with the binary; a part where they must take little time. */
export function tried<Case>(all: Case[], distance: number): Case[] {
  return inject('onlyBinary') ? all : all.filter((_case, index) => index % distance === 0);
}
