import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { browse, commandsIn, endOf, signIn, signInFiles, ticketProject, tokensOf } from '../support/oauth-server.js';
import { expectError } from '../support/printed-error.js';
import { printedQuestions } from '../support/scenario.js';

const RUN = ['run-plan', 'plan.json'];
const VALUE = ['--format', 'value'];
const DONE = ['resume', 'last', '--answer', 'action=done'];
const BOOKED = 'booked with [sign-in at tickets]\n';

/** A project whose user is signed in, and whose tools are known. */
async function signedInProject() {
  const project = await ticketProject();
  const { url, finish } = await begun(project);
  expect(await finish(await endOf(url))).toMatchObject({ code: 0 });
  expect(await commandsIn(project).here('mcp', 'test', 'tickets')).toMatchObject({ code: 0 });
  return { ...project, ...commandsIn(project) };
}

const addressIn = (stderr: string): string => String(printedQuestions(stderr).questions[0]?.['action_url']);

/** All that a command left in the project, but for what the server itself wrote. */
function textsIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'requests' && !name.startsWith('.home/.config') && statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

describe('a server that wants a sign-in', () => {
  test('when nobody is signed in then its command says so, and how to sign in', async () => {
    const project = await ticketProject();
    const refused = await commandsIn(project).here('mcp', 'test', 'tickets');
    const { fix, message } = expectError(refused, { code: 'key-rejected', exit: 4 });
    expect([message, fix]).toEqual(['You are not signed in at the MCP server tickets.', 'portia mcp sign-in tickets']);
  });

  test('when a person signs in then the tokens are in a file of the user, and nowhere else', async () => {
    const project = await ticketProject();
    const { cwd, server } = project;
    const { here } = commandsIn(project);
    expect(await signIn(project)).toMatchObject({ code: 0 });
    const run = await here(...RUN, ...VALUE);
    expect(run).toMatchObject({ code: 0, stdout: BOOKED });
    const tokens = tokensOf(cwd);
    expect(tokens).toHaveLength(2);
    expect(new Set(signInFiles(cwd).map(({ mode }) => mode))).toEqual(new Set([0o600]));
    const texts = textsIn(cwd) + run.stdout + run.stderr;
    for (const token of tokens) expect(texts).not.toContain(token);
    expect(JSON.parse((await here('mcp', 'list')).stdout)).toMatchObject([{ name: 'tickets', signed_in: true }]);
    // What the entry sends to the server goes to nobody else.
    const others = ['/authorize', '/token', '/register'].flatMap((path) => server.seen(path));
    expect(others.filter(({ headers }) => headers['x-own'] !== undefined)).toEqual([]);
    expect(server.seen('/mcp').every(({ headers }) => headers['x-own'] === 'for-tickets-only')).toBe(true);
  });

  test('when a token is over during a run then it is renewed, and nobody is asked', async () => {
    const { cwd, server, here } = await signedInProject();
    const before = tokensOf(cwd);
    await server.set({ expire: true });
    expect(await here(...RUN, ...VALUE)).toMatchObject({ code: 0, stdout: BOOKED });
    expect(tokensOf(cwd).filter((token) => before.includes(token))).toEqual([]);
    expect(server.booked()).toBe(1);
  });

  test('when two processes find that a token is over then it is renewed once', async () => {
    const { server, portia } = await signedInProject();
    await server.set({ expire: true });
    const runs = await Promise.all([portia(...RUN), portia(...RUN)]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(server.seen('/token')).toHaveLength(2);
  });

  test('when the server that renews is down then the run waits, and nobody is asked', async () => {
    const { server, here } = await signedInProject();
    await server.set({ expire: true, mode: 'token-down' });
    const waiting = await here('run-plan', 'plan.json');
    expect(waiting.code).toBe(3);
    expect(waiting.stderr).toContain('where people sign in, answered with status 503');
    await server.set({ mode: '' });
    expect(await here('resume', 'last', '--format', 'value')).toMatchObject({ code: 0, stdout: BOOKED });
  });

  test('when a sign-in is over then the run asks, and continues in another process after the next one', async () => {
    const project = await signedInProject();
    const { server, here } = project;
    await server.set({ revoke: true });
    const asked = await here(...RUN);
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([{ category: 'Action', provider: 'tickets (MCP)' }]);
    expect(server.booked()).toBe(0);
    // Whoever says that it is done, and has not signed in, is asked at the same address.
    const again = await here(...DONE);
    expect([again.code, addressIn(again.stderr)]).toEqual([8, addressIn(asked.stderr)]);
    expect(await here('mcp', 'sign-in', 'tickets', await endOf(addressIn(asked.stderr)))).toMatchObject({ code: 0 });
    expect(await here(...DONE, ...VALUE)).toMatchObject({ code: 0, stdout: BOOKED });
    expect(server.booked()).toBe(1);
  });

  test('when a sign-in is over then it is asked once and before the first step, and the run continues by itself', async () => {
    const project = await signedInProject();
    const { cwd, server, here } = project;
    await server.set({ revoke: true });
    const book = { kind: 'tool', tool_id: 'mcp:tickets:book', args: {}, output: '$result' };
    const steps = [{ kind: 'compute', expression: '1', output: '$one' }, book, { ...book, output: '$other' }];
    writeFileSync(join(cwd, 'twice.json'), JSON.stringify({ plan_context: { query: 'Book twice.' }, steps }));
    // Only a run asks the server.
    const before = server.seen('/mcp').length;
    expect(await here('check', 'twice.json')).toMatchObject({ code: 0 });
    expect(server.seen('/mcp')).toHaveLength(before);
    const asked = await here('run-plan', 'twice.json');
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toHaveLength(1);
    expect(JSON.parse((await here('show', 'last', '--json')).stdout)).toMatchObject({ steps: [] });
    await here('mcp', 'sign-in', 'tickets', await endOf(addressIn(asked.stderr)));
    expect(await here('resume', 'last', ...VALUE)).toMatchObject({ code: 0, stdout: BOOKED });
    expect(server.booked()).toBe(2);
  });

  test('when the server that signs people in has forgotten portia then it registers anew', async () => {
    const { server, here } = await signedInProject();
    await server.set({ expire: true, forget: true });
    const asked = await here(...RUN);
    expect(asked.code).toBe(8);
    await here('mcp', 'sign-in', 'tickets', await endOf(addressIn(asked.stderr)));
    expect(await here(...DONE, ...VALUE)).toMatchObject({ code: 0, stdout: BOOKED });
    expect(server.seen('/register')).toHaveLength(2);
  });

  test('when portia was registered by hand then that is what signs in, and it comes back to its own port', async () => {
    const callbackPort = 8_917;
    const project = await ticketProject({ clientId: 'by-hand', callbackPort });
    const { server } = project;
    await server.set({ mode: 'no-registration' });
    const { url, finish } = await begun(project);
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(`http://127.0.0.1:${callbackPort}/signed-in`);
    expect(await finish(await endOf(url))).toMatchObject({ code: 0 });
    expect((await commandsIn(project).here('mcp', 'test', 'tickets')).code).toBe(0);
    expect(server.seen('/register')).toEqual([]);
  });

  test('when a call needs more rights then the person is asked once, for all of them', async () => {
    const { server, here } = await signedInProject();
    await server.set({ scope: 'write' });
    const asked = await here(...RUN);
    expect(asked.code).toBe(8);
    expect(new URL(addressIn(asked.stderr)).searchParams.get('scope')).toBe('write');
    await here('mcp', 'sign-in', 'tickets', await endOf(addressIn(asked.stderr)));
    expect(await here(...DONE, ...VALUE)).toMatchObject({ code: 0, stdout: BOOKED });
    // To ask again for what was given would never end.
    await server.set({ mode: 'never-enough' });
    const refused = await here(...RUN);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('status 403');
    expect(server.seen('/authorize')).toHaveLength(2);
  });

  test('when it is removed then its tokens are, too', async () => {
    const { cwd, here } = await signedInProject();
    const removed = await here('mcp', 'remove', 'tickets');
    expect(removed.stderr).toContain('You are no longer signed in there.');
    expect(signInFiles(cwd)).toEqual([]);
  });
});

describe('at a terminal', () => {
  test('when the process is killed between question and answer then the next one waits at the same address', async () => {
    const { server, open, here } = await signedInProject();
    await server.set({ revoke: true });
    const killed = open(...RUN);
    await killed.waitFor('Leave it for later');
    const [url = ''] = /http:\S+authorize\S+/.exec(killed.screen()) ?? [];
    killed.kill('SIGKILL');
    await killed.exit();
    const terminal = open('resume', 'last');
    await terminal.waitFor('Leave it for later');
    expect(terminal.screen()).toContain(url);
    expect(await browse(url)).toMatchObject({ status: 200 });
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(server.booked()).toBe(1);
    expect((await here('show', 'last', '--json')).stdout).toContain('COMPLETE');
  });

  test('when nobody comes back in time then the command ends, and the address that it printed can still be used', async () => {
    const project = await ticketProject();
    const { here } = commandsIn(project);
    const late = await here('mcp', 'sign-in', 'tickets', '--wait', '10ms');
    const { message, fix } = expectError(late, { code: 'timed-out', exit: 3 });
    expect(message).toBe('Nobody signed in at tickets within 10 ms.');
    expect(fix).toBe("portia mcp sign-in tickets\nportia mcp sign-in tickets 'http://127.0.0.1:…'");
    const [url = ''] = /http:\S+authorize\S+/.exec(late.stderr) ?? [];
    expect(await here('mcp', 'sign-in', 'tickets', await endOf(url))).toMatchObject({ code: 0 });
    expectError(await here('mcp', 'sign-in', 'tickets', '--wait', 'long'), { code: 'usage', exit: 2 });
  });

  test('when somebody tests a server then the sign-in comes first, also from another machine', async () => {
    const project = await ticketProject();
    const terminal = commandsIn(project).open('mcp', 'test', 'tickets');
    await terminal.waitFor('Or paste the address');
    const [url = ''] = /http:\S+authorize\S+/.exec(terminal.screen()) ?? [];
    terminal.type(await endOf(url));
    terminal.press('enter');
    await terminal.waitFor('tickets has 1 tool');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
  });
});

describe('a sign-in that is not what it should be', () => {
  test.each([
    ['script', 'javascript:'],
    ['elsewhere', 'leads to http:'],
    ['named', 'user name or password'],
    ['long', 'more than 8000 characters'],
    ['other-issuer', 'Issuer mismatch'],
    ['huge', 'more than 1 MB'],
    ['loop', 'status 401'],
    ['plain-only', 'code challenge method S256'],
    ['no-registration', 'name its "oauth": {"clientId": …} in the entry'],
  ])('when the server does %s then nobody is sent anywhere', async (mode, why) => {
    const project = await ticketProject();
    await project.server.set({ mode });
    const refused = await commandsIn(project).here('mcp', 'test', 'tickets');
    expect(expectError(refused, { code: 'key-rejected', exit: 4 }).why).toContain(why);
    expect(project.server.seen('/token')).toEqual([]);
    expect(signInFiles(project.cwd).filter(({ name }) => name.endsWith('.json'))).toEqual([]);
  });

  test('when the server wants a key and no sign-in then its entry is named', async () => {
    const project = await ticketProject();
    await project.server.set({ mode: 'no-sign-in' });
    const refused = await commandsIn(project).here('mcp', 'test', 'tickets');
    expect(expectError(refused, { code: 'key-rejected', exit: 4 }).fix).toContain('"headers"');
  });

  test('when tokens would go to an address that is not safe then no code is sent', async () => {
    const project = await ticketProject();
    const { here } = commandsIn(project);
    const { url, finish } = await begun(project);
    await project.server.set({ mode: 'token-elsewhere' });
    expectError(await finish(await endOf(url)), { code: 'key-rejected', exit: 4 });
    expect(project.server.seen('/token')).toEqual([]);
    expect(JSON.parse((await here('mcp', 'list')).stdout)).toMatchObject([{ signed_in: false }]);
  });

  test('when another server sends the browser back then its code is not used', async () => {
    const project = await ticketProject();
    const { url, finish } = await begun(project);
    await project.server.set({ mode: 'mix-up' });
    const refused = await finish(await endOf(url));
    expect(expectError(refused, { code: 'key-rejected', exit: 4 }).why).toMatch(/issuer/i);
    expect(project.server.seen('/token')).toEqual([]);
  });

  test('when the state is another one then the code is not used', async () => {
    const project = await ticketProject();
    const { url, finish } = await begun(project);
    const end = new URL(await endOf(url));
    end.searchParams.set('state', 'x'.repeat(43));
    expectError(await finish(end.href), { code: 'key-rejected', exit: 4 });
    expect(project.server.seen('/token')).toEqual([]);
  });

  test('when the person says no then that is told in plain characters, and the next question has another address', async () => {
    const project = await ticketProject();
    await project.server.set({ person: 'no' });
    const { url, finish } = await begun(project);
    const refused = await finish(await endOf(url));
    const { why } = expectError(refused, { code: 'key-rejected', exit: 4 });
    expect(why).toContain('access_denied: The person');
    expect(why).not.toContain('\u001b');
    expect((await begun(project)).url).not.toBe(url);
  });
});

/** A sign-in that somebody is asked for, and the command that ends it. */
async function begun(project: Awaited<ReturnType<typeof ticketProject>>) {
  const { here } = commandsIn(project);
  expect((await here('mcp', 'test', 'tickets')).code).toBe(4);
  const text = signInFiles(project.cwd).find(({ name }) => name.endsWith('.json'))?.text ?? '{}';
  const { waiting } = JSON.parse(text) as { waiting: { url: string } };
  return { url: waiting.url, finish: async (address: string) => here('mcp', 'sign-in', 'tickets', address) };
}
