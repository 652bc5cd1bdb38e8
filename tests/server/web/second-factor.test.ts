import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { URI, type TOTP } from 'otpauth';
import { expect, test, vi } from 'vitest';

import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { expectError } from '../../support/printed-error.js';
import { serve, signIn } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { forAllTests } from '../../support/when-over.js';

const made = forAllTests(async () => {
  const ofPeople = (name: string) => ({ to: `exec:cat >> told-${name}.ndjson`, on: [], people: { [name]: name } });
  const cwd = makeProject({ 'portia.json': { notify: { ben: ofPeople('Ben'), ada: ofPeople('Ada') } } });
  await writeUsers(cwd, { Ada: ['run', 'answer'], Ben: ['run', 'answer'], Cleo: ['run'] });
  const change = async (name: string, ...flags: string[]) =>
    JSON.parse((await portiaHere(['users', 'change', name, ...flags, '--users', 'users.json'], { cwd })).stdout);
  const server = await serve(['--users', 'users.json', '--second-factor', 'run', '--drive'], { cwd });
  const before = await server.get('/sign-in').then((answer) => answer.text());
  const { second_factor: factor } = (await change('Ada', '--second-factor')) as {
    second_factor: { uri: string; recovery_codes: string[] };
  };
  const enter = (name: string, fields: Record<string, string> = {}) =>
    signIn(server.origin, { name, password: PASSWORD, next: '/runs', ...fields });
  // The next period, which counts already, so that there is time for two of them.
  const codeIn = (seconds: number) =>
    (URI.parse(factor.uri) as TOTP).generate({ timestamp: Date.now() + seconds * 1_000 });
  return { cwd, server, change, enter, codeIn, before, recovery: factor.recovery_codes };
});

const csrfOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';

test('when a person has a second factor then the password alone does not let them in, and nothing says why', async () => {
  const { server, enter, before } = made();
  expect(before).not.toContain('autocomplete="one-time-code"');
  const page = await (await server.get('/sign-in')).text();
  expect(page).toMatch(/<label for="code">Code<.*<input [^>]*autocomplete="one-time-code"/);
  const said = async (fields: Record<string, string>) => {
    const { answer } = await enter('Ada', fields);
    return [answer.status, answer.headers.get('set-cookie'), await answer.text()];
  };
  const [alone, wrongCode, wrongPassword] = [
    await said({}),
    await said({ code: '12345' }),
    await said({ password: 'not the password' }),
  ];
  expect(alone).toEqual([401, null, expect.stringContaining('The name, the password or the code is wrong.')]);
  expect([wrongCode, wrongPassword]).toEqual([alone, alone]);
});

test('when a code is right then it lets the person in once, also when it comes twice at once', async () => {
  const { enter, codeIn, recovery } = made();
  const code = codeIn(0);
  const both = await Promise.all([enter('Ada', { code }), enter('Ada', { code })]);
  expect(both.map(({ answer }) => answer.status).sort()).toEqual([303, 401]);
  expect((await enter('Ada', { code })).answer.status).toBe(401);
  const [first = ''] = recovery;
  const entered = await enter('Ada', { code: first });
  expect(entered.answer.status).toBe(303);
  const inbox = await (await entered.get('/inbox')).text();
  expect(inbox).toContain('A recovery code of yours was used to sign in');
  expect((await enter('Ada', { code: first })).answer.status).toBe(401);
});

test('when codes are guessed then they are slowed down like passwords', async () => {
  const { cwd, enter } = made();
  const flags = ['users', 'change', 'Cleo', '--second-factor', '--users', 'users.json'];
  expect((await portiaHere(flags, { cwd })).code).toBe(0);
  const many = await Promise.all(Array.from({ length: 8 }, (_, index) => enter('Cleo', { code: `00000${index}` })));
  const statuses = many.map(({ answer }) => answer.status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(3);
});

test('when a role needs a second factor then whoever has none does not have the role, until they get one', async () => {
  const { server, change, enter } = made();
  const ben = await enter('Ben');
  const cancel = await ben.post('/runs/prun-none/cancel', {});
  expect([cancel.status, await cancel.text()]).toEqual([
    403,
    expect.stringContaining('Ben has the role run only with a second factor.'),
  ]);
  const asked = await ben.post('/questions/prun-none/clar-1', { csrf: csrfOf(await (await ben.get('/inbox')).text()) });
  expect(asked.status).toBe(404);
  const { second_factor: factor } = await change('Ben', '--second-factor');
  expect((await ben.get('/inbox')).status).toBe(401);
  const [code] = factor.recovery_codes;
  const again = await signIn(server.origin, { name: 'Ben', password: PASSWORD, code });
  expect((await again.get('/runs/prun-none/cancel')).status).toBe(404);
  await change('Ben', '--no-second-factor');
  expect((await again.get('/inbox')).status).toBe(401);
});

test('when something about signing in changes then every session says so, until the person knows', async () => {
  const { change, enter } = made();
  await change('Ben', '--second-factor');
  await change('Ben', '--no-second-factor');
  const [here, elsewhere] = [await enter('Ben'), await enter('Ben')];
  for (const browser of [here, elsewhere]) {
    const html = await (await browser.get('/runs')).text();
    expect(html).toContain('You got a new second factor');
    expect(html).toContain('Your second factor was taken away');
    expect(html).toContain('If that was not you, tell whoever runs this server.');
  }
  const page = await (await here.get('/runs')).text();
  expect((await here.post('/password/seen', { csrf: 'guessed' })).status).toBe(400);
  expect((await here.post('/password/seen', { csrf: csrfOf(page) })).status).toBe(303);
  expect(await (await elsewhere.get('/runs')).text()).not.toContain('If that was not you');
  expect(await (await elsewhere.get('/password')).text()).toContain('Your second factor was taken away');
});

test('when a target of notices knows a person then it is told of each change, wherever it is made', async () => {
  const { cwd, change, enter } = made();
  const told = () => readFileSync(join(cwd, 'told-Ben.ndjson'), 'utf8').trim().split('\n');
  const { second_factor: factor } = await change('Ben', '--second-factor');
  expect(JSON.parse(told().at(-1) ?? '')).toMatchObject({
    type: 'portia.notice',
    items: [{ kind: 'sign_in', run_id: null, for: ['Ben'], change: 'second factor', commands: [] }],
  });
  const [code = ''] = factor.recovery_codes as string[];
  const ben = await enter('Ben', { code });
  const csrf = csrfOf(await (await ben.get('/password')).text());
  const wanted = 'a new long one for Ben';
  expect((await ben.post('/password', { csrf, password: PASSWORD, new: wanted, again: wanted })).status).toBe(303);
  const changes = () => told().map((line) => (JSON.parse(line) as { items: { change: string }[] }).items[0]?.change);
  await vi.waitFor(() => expect(changes().slice(-2)).toEqual(['recovery code', 'password']), { timeout: 60_000 });
  expect(JSON.stringify(told())).not.toContain('Ada');
});

test.each([
  ['without users', ['--second-factor', 'run'], 'nobody is named'],
  [
    'with a role that is none',
    ['--second-factor', 'admin', '--users', 'users.json'],
    '--second-factor admin is not a role',
  ],
  [
    'where a proxy signs people in',
    ['--second-factor', 'run', '--behind-proxy', '--user-header', 'Remote-User', '--users', 'users.json'],
    'The proxy signs people in',
  ],
])('when a second factor is asked for %s then the server says why not', async (_how, args, says) => {
  const refused = await portiaHere(['serve', '--check', ...args], { cwd: made().cwd });
  expect(expectError(refused, { code: 'usage', exit: 2 }).message).toContain(says);
});
