import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { fileOf } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, printedError, printedQuestions, readEvents } from '../support/scenario.js';
import { sendJson, startServer, type LocalServer } from '../tools/local-server.js';

const KEY = 'tk-canary-4711';

type Answer = Parameters<typeof startServer>[0];

async function desk(
  answer: Answer,
  more: object = {},
): Promise<{ cwd: string; server: LocalServer; env: Record<string, string> }> {
  const server = await startServer(answer);
  onTestFinished(() => server.close());
  const create_ticket = {
    description: 'Makes a ticket.',
    method: 'POST',
    url: `${server.url}/tickets`,
    headers: { authorization: 'Bearer ${TICKETS_TOKEN}' },
    args: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] },
    body: { title: '{{ $title }}' },
    output: '$body.id',
    ...more,
  };
  const step = { kind: 'tool', tool_id: 'create_ticket', args: { title: 'It burns' }, output: '$id' };
  const cwd = makeProject({
    'portia.json': { http: { create_ticket } },
    'plan.json': { plan_context: { query: 'Make a ticket.', tool_ids: ['create_ticket'] }, steps: [step] },
  });
  return { cwd, server, env: { TICKETS_TOKEN: KEY } };
}

const RUN = ['run-plan', 'plan.json'];
const created: Answer = (_request, response) => sendJson(response, { id: 7 }, 201);

/** Replaces a part of the settings. */
function change(cwd: string, from: string, to: string): void {
  const file = join(cwd, 'portia.json');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

test('when a plan makes an HTTP call then a person is asked before, and it is made once', async () => {
  const { cwd, server, env } = await desk(created);
  const asked = await portiaHere(RUN, { cwd, env });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { tool_id: 'create_ticket', args: { title: 'It burns' } },
  ]);
  expect(server.requests).toEqual([]);
  expect(
    await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--format', 'value'], { cwd, env }),
  ).toMatchObject({
    code: 0,
    stdout: '7\n',
  });
  expect(server.requests).toMatchObject([
    { body: '{"title":"It burns"}', headers: { authorization: `Bearer ${KEY}` } },
  ]);
});

test('when a server repeats the key in its error then the key is neither printed nor kept', async () => {
  const { cwd, env } = await desk(({ headers }, response) => {
    sendJson(response, { error: `bad key: ${headers.authorization} ${Buffer.from(KEY).toString('base64')}` }, 401);
  });
  const failed = await portiaHere([...RUN, '--approve', 'create_ticket'], { cwd, env });
  expect(printedError(failed.stderr)).toMatchObject({
    code: 'tool-failed',
    message: expect.stringMatching(/create_ticket: 127\.0\.0\.1:\d+ answered with status 401: .*\[TICKETS_TOKEN\]/),
  });
  const call = ['tools', 'call', 'create_ticket', 'title=x', '--approve', 'create_ticket'];
  const called = await portiaHere(call, { cwd, env });
  expectError(called, { code: 'tool-failed', exit: 1 });
  const kept = readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8');
  expect(failed.stdout + failed.stderr + called.stdout + called.stderr + kept).not.toMatch(
    new RegExp(`${KEY}|${Buffer.from(KEY).toString('base64')}`),
  );
});

test('when the connection breaks then the person is asked what happened, and the same key is sent again', async () => {
  const { cwd, server, env } = await desk((request, response) => {
    if (server.requests.length === 1) response.destroy();
    else created(request, response);
  });
  const asked = await portiaHere([...RUN, '--approve', 'create_ticket'], { cwd, env });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  const resumed = ['resume', 'last', '--approve', 'create_ticket', '--answer', 'outcome=not_done'];
  expect((await portiaHere(resumed, { cwd, env })).code).toBe(0);
  const [first, second] = server.requests.map(({ headers }) => headers['idempotency-key']);
  expect(first).toMatch(/^\w{32}$/);
  expect(second).toBe(first);
});

test('when a password goes into a call then only the server sees it', async () => {
  const secret = { type: 'string', format: 'password' };
  const { cwd, server, env } = await desk(created, {
    args: { type: 'object', properties: { title: secret }, required: ['title'] },
  });
  const step = { kind: 'tool', tool_id: 'create_ticket', args: { title: '{{ $otp }}' }, output: '$id' };
  const inputs = [{ name: '$otp', description: 'Code', schema: secret }];
  writeFileSync(
    join(cwd, 'plan.json'),
    JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, plan_inputs: inputs, steps: [step] }),
  );
  const ended = await portiaHere([...RUN, '--approve', 'create_ticket', '-i', 'otp=@-'], {
    cwd,
    env,
    input: 'hunter2!',
  });
  expect(ended.code).toBe(0);
  expect(server.requests[0]?.body).toBe('{"title":"hunter2!"}');
  const kept = readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8');
  expect(ended.stdout + ended.stderr + kept).not.toContain('hunter2!');
});

test('when the declaration changes after the yes then nothing is sent under that yes: exit 6', async () => {
  const { cwd, server, env } = await desk(created);
  await portiaHere(RUN, { cwd, env });
  await portiaHere(['answer', 'last', 'verify=yes'], { cwd, env });
  change(cwd, '/tickets', '/other');
  const refused = await portiaHere(['resume', 'last'], { cwd, env });
  expect(refused.code).toBe(6);
  expect(printedError(refused.stderr)).toMatchObject({
    message: 'The tool create_ticket (portia.json) has changed since the run was started.',
  });
  expect(server.requests).toEqual([]);
  const accepted = await portiaHere(['resume', 'last', '--accept-changed', 'create_ticket'], { cwd, env });
  expect(accepted.code).toBe(8);
  expect(readEvents(cwd, onlyRun(cwd).id).filter(({ type }) => type === 'tool.changed')).toHaveLength(1);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env })).code).toBe(0);
  expect(server.requests.map(({ url }) => url.pathname)).toEqual(['/other']);
});

test('when a project is not trusted then its HTTP tools are left out, listed, and trusted as they are', async () => {
  const { cwd, server, env: own } = await desk(created);
  const env = { ...own, ...UNTRUSTED };
  const run = [...RUN, '--approve', 'create_ticket'];
  const refused = await portiaHere(run, { cwd, env });
  expectError(refused, { code: 'project-untrusted', exit: 6 });
  expect(printedError(refused.stderr)['why']).toContain('1 HTTP tool (create_ticket)');
  expect((await portiaHere(['check', 'plan.json'], { cwd, env })).code).toBe(6);
  expect((await portiaHere(['tools', 'list', '--json'], { cwd, env })).stdout).not.toContain('create_ticket');
  const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env });
  expect(listed.stdout + listed.stderr).toMatch(
    /Is called over HTTP, as a tool:\n.*Bearer \$\{TICKETS_TOKEN\}.*portia\.json http\.create_ticket/,
  );
  expect((await portiaHere(['trust', '--content', '--yes'], { cwd, env })).code).toBe(0);
  expect((await portiaHere(run, { cwd, env })).code).toBe(0);
  expect(server.requests).toHaveLength(1);
  change(cwd, '/tickets', '/other');
  expect((await portiaHere(run, { cwd, env })).code).toBe(6);
  expect(server.requests).toHaveLength(1);
});

test('when an HTTP tool is called by its name then its arguments are checked, and its result is printed', async () => {
  const { cwd, env } = await desk(created, { effect: 'idempotent', method: 'PUT' });
  const call = ['tools', 'call', 'create_ticket', '--approve', 'create_ticket'];
  expect(await portiaHere([...call, 'title=x', '--json'], { cwd, env })).toMatchObject({ code: 0, stdout: '7\n' });
  expectError(await portiaHere([...call, 'titel=x'], { cwd, env }), { code: 'invalid-input', exit: 2 });
  const described = await portiaHere(['tools', 'describe', 'create_ticket', '--json'], { cwd, env });
  expect(JSON.parse(described.stdout)).toMatchObject({ source: 'http', sends: true, effect: 'idempotent' });
});

test.each<[string, string, string, object]>([
  [
    'misspells an argument',
    '{{ $title }}',
    '{{ $titel }}',
    { message: 'portia.json has a problem.', pointer: '/http/create_ticket/body/title' },
  ],
  [
    'has arguments that no schema can mean',
    '"required": [',
    '"required": [1, ',
    { message: 'The arguments of the tool create_ticket cannot be checked.' },
  ],
  [
    'has the id of another tool',
    '"create_ticket": {',
    '"calculator_tool": {',
    { message: 'Two tools have the id calculator_tool: "Calculator Tool" (builtin) and "calculator_tool" (http).' },
  ],
])('when a declaration %s then nothing is run: exit 2', async (_what, from, to, error) => {
  const { cwd, server, env } = await desk(created);
  change(cwd, from, to);
  const refused = await portiaHere([...RUN, '--approve', '*'], { cwd, env });
  expect(expectError(refused, { code: 'invalid-settings', exit: 2 })).toMatchObject(error);
  expect(server.requests).toEqual([]);
});

test('when the variable of a key is not set then nothing is run, and it is named', async () => {
  const { cwd } = await desk(created);
  const refused = await portiaHere(RUN, { cwd });
  expect(expectError(refused, { code: 'invalid-settings', exit: 2 })).toMatchObject({
    message: 'The plan needs tools that are off here: create_ticket.',
    fix: 'export TICKETS_TOKEN=…   # or a line in .env',
  });
});

test('when a key would go to another machine without encryption then every command warns', async () => {
  const { cwd, env } = await desk(created, { url: 'http://tickets.example/x' });
  expect((await portiaHere(['tools', 'list'], { cwd, env })).stderr).toContain(
    'TICKETS_TOKEN goes to http://tickets.example/x unencrypted',
  );
});

test('when the example of the page is called then it does what the page says', async () => {
  const { server, env } = await desk((_request, response) => sendJson(response, { number: 12 }, 201));
  const settings = fileOf('docs/tools.md', 'portia.json').replaceAll('https://tickets.example.com', server.url);
  const { http } = JSON.parse(settings) as { http: object };
  const cwd = makeProject({ 'portia.json': { http }, 'ticket.yaml': fileOf('docs/tools.md', 'ticket.yaml') });
  const run = ['run-plan', 'ticket.yaml', '--approve', 'create_ticket', '--format', 'value'];
  expect(await portiaHere(run, { cwd, env })).toMatchObject({ code: 0, stdout: '12\n' });
  expect(server.requests).toMatchObject([
    { method: 'POST', body: '{"title":"The door is stuck"}', headers: { authorization: `Bearer ${KEY}` } },
  ]);
  expect(server.requests[0]?.url.pathname).toBe('/projects/web/tickets');
});

test('when the server is found in a private network by its name then the failure says how to allow it', async () => {
  const { cwd, server, env } = await desk(created, { url: 'http://desk.example:1/tickets' });
  const port = new URL(server.url).port;
  change(cwd, 'desk.example:1', `desk.example:${port}`);
  writeFileSync(
    join(cwd, '.home', 'names.cjs'),
    `const dns = require('node:dns');
    const found = [{ address: '127.0.0.1', family: 4 }];
    dns.lookup = (name, { all }, tell) => (all ? tell(null, found) : tell(null, '127.0.0.1', 4));
    require('node:module').syncBuiltinESMExports();`,
  );
  const call = () =>
    portia(['tools', 'call', 'create_ticket', 'title=x', '--approve', 'create_ticket', '--json'], {
      cwd,
      env: { ...env, NODE_OPTIONS: `--require ${join(cwd, '.home', 'names.cjs')}` },
    });
  expect(expectError(await call(), { code: 'tool-failed', exit: 1 }).message).toContain(
    'desk.example (127.0.0.1) is not on the public internet. If it is your own server, add "private_network": true to http.create_ticket in portia.json',
  );
  expect(server.requests).toEqual([]);
  change(cwd, '"create_ticket": {', '"create_ticket": { "private_network": true,');
  expect(await call()).toMatchObject({ code: 0, stdout: '7\n' });
});
