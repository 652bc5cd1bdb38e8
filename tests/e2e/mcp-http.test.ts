import { chmodSync, existsSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { text as textFrom } from 'node:stream/consumers';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';

import type { JsonObject } from '../../src/domain/values/json.js';
import { accept, clientMeta, FORMS, MODERN, TASKS, textOf } from '../support/mcp-server-here.js';
import { serveHttp, type HttpServer } from '../support/mcp-http-server.js';
import { makeProject, portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const ASK = `
plan_context: { query: Ask, tool_ids: [] }
steps:
  - { kind: user_verify, message: Is it right? }
  - { kind: compute, expression: '"done"', output: $end }
`;

const serveAsk = async (env = {}) => serveHttp('ask.yaml', { cwd: makeProject({ 'ask.yaml': ASK }), env });

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends exactly this, also what no client would send. Gives the status, and the text of the answer. */
async function send({ url, token }: HttpServer, sent: Sent): Promise<{ status: number; text: string }> {
  const { method = 'POST', path = '/mcp', headers = {}, body } = sent;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        port: url.port,
        host: '127.0.0.1',
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A request of July 2026 with the headers that it needs. */
function modern(method: string, params: JsonObject = {}, capabilities: object = FORMS): Sent {
  const name = params['name'] ?? params['uri'] ?? params['taskId'];
  return {
    headers: {
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: clientMeta(capabilities) } }),
  };
}

/** A request of an older revision. */
const OLD_LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

async function connect({ url, token }: HttpServer, mode: 'legacy' | 'auto', answer: string): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' }, { capabilities: FORMS, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', () => accept({ answer }));
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  onTestFinished(async () => client.close());
  return client;
}

test('when it serves over HTTP then clients of all revisions call it at once, and each is asked its own questions', async () => {
  const server = await serveAsk();
  const clients = await Promise.all(
    (['legacy', 'auto', 'legacy', 'auto'] as const).map(async (mode, index) =>
      connect(server, mode, index < 2 ? 'yes' : 'no'),
    ),
  );
  expect(clients.map((client) => client.getProtocolEra())).toEqual(['legacy', 'modern', 'legacy', 'modern']);
  const results = await Promise.all(clients.map(async (client) => client.callTool({ name: 'ask', arguments: {} })));
  expect(results.map(({ structuredContent }) => (structuredContent as JsonObject)['state'])).toEqual([
    'COMPLETE',
    'COMPLETE',
    'FAILED',
    'FAILED',
  ]);
  const listed = JSON.parse((await portia(['list', '--json'], { cwd: server.cwd })).stdout) as unknown[];
  expect(listed).toHaveLength(4);
  // The runs are saved, and the process ends as the signal ends it.
  expect(await server.stop()).toMatchObject({ code: 130, stdout: '' });
});

test('when a request is not from its owner on this machine then it is refused, and the server works on', async () => {
  const other = makeProject({ 'ask.yaml': ASK });
  const foreign = (await portia(['run-plan', 'ask.yaml', '--fields', 'id'], { cwd: other })).stdout;
  const { id: theirs } = JSON.parse(foreign) as { id: string };
  const server = await serveAsk({ PORTIA_MCP_TOKEN: 'a-token-that-the-user-chose-0123456789' });
  const list = modern('tools/list');
  const cases: [string, Sent, number][] = [
    ['no token', { ...list, headers: { ...list.headers, authorization: '' } }, 401],
    ['another token', { ...list, headers: { ...list.headers, authorization: 'Bearer x' } }, 401],
    ['the token as a password', { ...list, headers: { ...list.headers, authorization: `Basic ${server.token}` } }, 401],
    ['a name of elsewhere', { ...list, headers: { ...list.headers, host: 'evil.example.com' } }, 403],
    ['a name that begins as ours', { ...list, headers: { ...list.headers, host: 'localhost.evil.example' } }, 403],
    ['a page of elsewhere', { ...list, headers: { ...list.headers, origin: 'https://evil.example' } }, 403],
    ['a page without an origin', { ...list, headers: { ...list.headers, origin: 'null' } }, 403],
    ['another path', { ...list, path: '/' }, 404],
    ['a path out of it', { ...list, path: '/mcp/../../etc/passwd' }, 404],
    ['a body that is no JSON', { ...list, body: '{' }, 400],
    ['a batch', { ...list, body: '[]' }, 400],
    ['another type', { ...list, headers: { ...list.headers, 'content-type': 'text/plain' } }, 415],
    ['5 MB', { ...list, body: 'x'.repeat(5_000_000) }, 413],
    ['100,000 levels', { ...list, body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 400],
    ['a session that is not there', { body: OLD_LIST, headers: { 'mcp-session-id': 'x' } }, 404],
    ['an older request without a session', { body: OLD_LIST }, 400],
    ['a stream without a session', { method: 'GET' }, 400],
    ['another method', { method: 'PUT', body: '{}' }, 405],
    ['another revision', { ...list, body: (list.body ?? '').replace(MODERN, '1900-01-01') }, 400],
  ];
  for (const [what, sent, status] of cases) {
    const answer = await send(server, sent);
    expect({ what, status: answer.status }).toEqual({ what, status });
    expect(answer.text).not.toContain(server.token);
  }
  const reached = await Promise.all([
    send(server, modern('tasks/get', { taskId: theirs }, TASKS)),
    send(server, modern('tasks/update', { taskId: theirs, inputResponses: {} }, TASKS)),
    send(server, modern('tasks/cancel', { taskId: theirs }, TASKS)),
    send(server, modern('resources/read', { uri: `portia://runs/${theirs}` })),
    send(server, modern('tools/call', { name: 'show', arguments: { id: theirs } })),
    send(server, modern('tools/call', { name: 'answer', arguments: { run: theirs, answers: { verify: true } } })),
    send(server, modern('tools/call', { name: 'resume', arguments: { run: theirs } })),
    send(server, modern('tools/call', { name: 'show', arguments: { id: join(other, 'runs', `${theirs}.json`) } })),
  ]);
  for (const { text } of reached) {
    expect(text).toMatch(/"isError":true|"error":/);
    expect(text).not.toContain('Is it right?');
  }
  const shown = await portia(['show', theirs, '--json'], { cwd: other });
  expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'NEED_CLARIFICATION' });
  const works = await send(server, list);
  expect({ status: works.status, tools: works.text.includes('"ask"') }).toEqual({ status: 200, tools: true });
  await server.stop();
  expect(server.stderr()).not.toContain(server.token);
});

test('when a request that is refused is large then it is read to its end, and its connection can be used again', async () => {
  const { url, token } = await serveAsk();
  const large = (head: string) =>
    `POST /mcp HTTP/1.1\r\nHost: ${url.host}\r\n${head}Content-Length: 20000000\r\n\r\n${'x'.repeat(20_000_000)}`;
  const owner = `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const last = `GET / HTTP/1.1\r\nHost: ${url.host}\r\n${owner}Connection: close\r\n\r\n`;
  const answered = await answersTo(url, large('') + large(owner) + last);
  expect(answered.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['401', '413', '404']);
});

test('when a client ends in the middle of a request then the next one is heard', async () => {
  const server = await serveAsk();
  const socket = connectTo({ port: Number(server.url.port), host: '127.0.0.1' });
  const head = `POST /mcp HTTP/1.1\r\nHost: ${server.url.host}\r\nAuthorization: Bearer ${server.token}\r\n`;
  await new Promise<void>((resolve) => void socket.write(`${head}Content-Length: 9\r\n\r\n{`, () => resolve()));
  socket.resetAndDestroy();
  expect(await send(server, modern('tools/list'))).toMatchObject({ status: 200 });
  await server.stop();
  expect(server.stderr()).toMatch(/^Listening on .*\n$/);
});

/** All that a server answers on one connection to these requests. */
async function answersTo({ port }: URL, requests: string): Promise<string> {
  const socket = connectTo({ port: Number(port), host: '127.0.0.1' });
  socket.write(requests);
  return textFrom(socket);
}

test('when a token can be guessed then nothing is served', async () => {
  const env = { PORTIA_MCP_TOKEN: 'short' };
  const refused = await portia(['mcp', 'serve', '--http', '0'], { cwd: makeProject(), env });
  expect(expectError(refused, { code: 'invalid-settings', exit: 2 })).toMatchObject({
    why: 'It has 5 characters, and a secret of fewer than 32 can be guessed.',
    fix: 'unset PORTIA_MCP_TOKEN   # a secret is made and kept',
  });
});

test('when no token is given then one is made that only its owner can read', async () => {
  const server = await serveAsk();
  const [, file = ''] = /token is in (\S+)\.\n/.exec(server.stderr()) ?? [];
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(server.token).toMatch(/^[0-9a-f]{64}$/);
  const client = await connect(server, 'auto', 'yes');
  expect(textOf(await client.callTool({ name: 'ask', arguments: {} }))).toBe('done');
  await server.stop();
  chmodSync(file, 0o644);
  const refused = await portia(['mcp', 'serve', '--http', '0'], { cwd: server.cwd });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${file}`) });
  expect(existsSync(file)).toBe(true);
});

test('when the variable of the token is empty then it counts as not set', async () => {
  const server = await serveAsk({ PORTIA_MCP_TOKEN: ' ' });
  expect(server.stderr()).toMatch(/token is in \/.*mcp-token\./);
  await server.stop();
});

test('when the port is taken then it is said, with exit 3', async () => {
  const server = await serveAsk();
  const second = await portia(['mcp', 'serve', '--http', server.url.port], { cwd: server.cwd });
  expect(second).toMatchObject({ code: 3, stderr: expect.stringContaining('Another process has this port.') });
});
