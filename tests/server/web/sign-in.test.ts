import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { orderProject, pause } from '../../e2e/order-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { formsIn, serve, signIn } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { onlyRun, readRun } from '../../support/scenario.js';
import { forAllTests } from '../../support/when-over.js';

const made = forAllTests(async () => {
  const cwd = orderProject('input', 'verification');
  await pause(cwd);
  const file = await writeUsers(cwd, { Ada: ['answer'], Ben: ['look'], Cleo: [], Dan: ['run', 'answer'] });
  const server = await serve(['--users', 'users.json', '--drive'], { cwd });
  const enter = (name: string, password = PASSWORD) => signIn(server.origin, { name, password, next: '/runs' });
  return { cwd, file, server, enter };
});

const csrfOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';

test('when a person signs in then their name is what is recorded, until they sign out', async () => {
  const { cwd, server, enter } = made();
  expect(server.url).toBe(`${server.origin}/`);
  const [stranger, page] = [await server.get('/runs?find=x'), await server.get('/sign-in?next=//evil.example')];
  const asked = await stranger.text();
  expect([stranger.status, page.status]).toEqual([401, 200]);
  expect(asked).toContain('name="next" value="/runs?find=x"');
  expect(asked).toMatch(/<label for="name">.*<input [^>]*autocomplete="username"/);
  expect(asked).toMatch(/<label for="password">.*<input [^>]*autocomplete="current-password"/);
  expect(asked).not.toContain('Order it');
  expect(await page.text()).toContain('name="next" value="/inbox"');
  expect((await server.get('/enter?token=')).status).toBe(401);

  const ada = await enter(' Ada ');
  expect([ada.answer.status, ada.answer.headers.get('location')]).toEqual([303, '/runs']);
  expect(ada.answer.headers.get('set-cookie')).toMatch(/^portia-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const run = onlyRun(cwd);
  const path = `/questions/${run.id}/${run.outputs.clarifications[0]?.id}`;
  const html = await (await ada.get(path)).text();
  expect(html).toContain('>Ada</a>');
  const [form] = formsIn(html);
  expect((await ada.post(path, { ...form?.fields, answer: '7' })).status).toBe(303);
  expect(readRun(cwd, run.id).outputs.clarifications[0]).toMatchObject({
    channel: 'web',
    answered_by: { name: 'Ada', vouched_by: 'login' },
  });

  expect((await ada.post('/sign-out', { csrf: 'guessed' })).status).toBe(400);
  expect((await ada.post('/sign-out', { csrf: csrfOf(html) }, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await ada.get('/inbox')).status).toBe(200);
  const left = await ada.post('/sign-out', { csrf: csrfOf(html) });
  expect([left.status, left.headers.get('set-cookie')]).toEqual([303, expect.stringContaining('Max-Age=0')]);
  expect((await ada.get('/inbox')).status).toBe(401);
});

/** Whoever starts a run of it may not agree. */
const PAY = {
  plan_context: { query: 'Pay a bill.', tool_ids: [] },
  steps: [{ kind: 'user_verify', message: 'Pay 900?', approvers: { any_of: ['Ada', 'Dan'], not: 'starter' } }],
};

test('when a person starts a run then they are who started it, and others must agree', async () => {
  const { cwd, enter } = made();
  writeFileSync(join(cwd, 'pay.json'), JSON.stringify(PAY));
  const { plan_id: plan } = JSON.parse((await portiaHere(['run-plan', 'pay.json'], { cwd })).stdout) as Run;
  const [ada, dan] = [await enter('Ada'), await enter('Dan')];
  const csrf = csrfOf(await (await dan.get(`/plans/${plan}`)).text());
  const started = await dan.post(`/plans/${plan}/start`, { csrf });
  const id = started.headers.get('location')?.replace('/runs/', '') ?? '';
  await vi.waitFor(() => expect(readRun(cwd, id).state).toBe('NEED_CLARIFICATION'), { timeout: 60_000 });
  const run = readRun(cwd, id);
  expect(run.started_by).toMatchObject({ name: 'Dan', vouched_by: 'login' });
  const path = `/questions/${id}/${run.outputs.clarifications[0]?.id}`;
  const own = await dan.post(path, { csrf, answer: 'yes' });
  expect([own.status, await own.text()]).toEqual([409, expect.stringContaining('Dan started the run')]);
  const agreed = await ada.post(path, { csrf: csrfOf(await (await ada.get(path)).text()), answer: 'yes' });
  expect(agreed.status).toBe(303);
  await vi.waitFor(() => expect(readRun(cwd, id).state).toBe('COMPLETE'), { timeout: 60_000 });
});

test('when the name or the password is wrong then nothing says which, and guesses are slowed down', async () => {
  const { server, enter } = made();
  const said = async ({ answer }: { answer: Response }) => [
    answer.status,
    (await answer.text()).replace(/value="[^"]*"/g, ''),
  ];
  const [wrong, unknown] = [
    await said(await enter('Ben', 'not the password')),
    await said(await enter('Zoe', 'not it')),
  ];
  expect(wrong).toEqual(unknown);
  expect(wrong).toEqual([401, expect.stringContaining('The name or the password is wrong.')]);
  const many = await Promise.all(Array.from({ length: 8 }, () => enter('Zoe', 'guessed')));
  const slowed = many.filter(({ answer }) => answer.status === 429);
  expect(slowed.length).toBeGreaterThanOrEqual(4);
  expect(slowed[0]?.answer.headers.get('retry-after')).toMatch(/^\d\d$/);
  expect(await slowed[0]?.answer.text()).toMatch(/too many wrong passwords\. Try again in \d+ seconds/);
  const foreign = await fetch(`${server.origin}/sign-in`, {
    method: 'POST',
    headers: { origin: 'http://evil.example' },
    body: new URLSearchParams({ name: 'Ben', password: PASSWORD }),
  });
  expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null]);
  const twice = await fetch(`${server.origin}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: server.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: `name=Cleo&name=Dan&password=${encodeURIComponent(PASSWORD)}`,
  });
  const [cookie = ''] = twice.headers.get('set-cookie')?.split(';') ?? [];
  expect(await (await server.get('/inbox', { cookie })).text()).toContain('Cleo does not have the role look.');
  expect(server.stderr()).toBe('');
});

test('when a browser brings a session of somebody else then signing in makes another one, and that one ends', async () => {
  const { server, enter } = made();
  const first = await enter('Ada');
  const cookie = first.answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const again = await server.post('/sign-in', { name: 'Ben', password: PASSWORD }, { cookie });
  expect(again.headers.getSetCookie().at(-1)).not.toContain(cookie);
  expect((await first.get('/inbox')).status).toBe(401);
  const chosen = cookie.replace(/=.*/, '=chosen-by-another');
  const fixed = await server.post('/sign-in', { name: 'Ben', password: PASSWORD }, { cookie: chosen });
  expect(fixed.headers.getSetCookie().at(-1)).not.toContain('chosen');
  expect((await server.get('/inbox', { cookie: chosen })).status).toBe(401);
});

test('when the file of users changes then that counts at the next request, and a broken one lets in nobody', async () => {
  const { cwd, file, server, enter } = made();
  const [ada, ben, cleo] = [await enter('Ada'), await enter('Ben'), await enter('Cleo')];
  const lacking = await cleo.get('/inbox');
  expect([lacking.status, await lacking.text()]).toEqual([
    403,
    expect.stringContaining('Cleo does not have the role look.'),
  ]);
  const users = (...args: string[]) =>
    portiaHere(['users', ...args, '--users', file], { cwd, input: 'another long one' });
  expect((await users('change', 'Cleo', '--role', 'look')).code).toBe(0);
  expect((await cleo.get('/inbox')).status).toBe(200);
  expect((await users('change', 'Ada', '--password-file', '-')).code).toBe(0);
  expect((await ada.get('/inbox')).status).toBe(401);
  expect((await enter('Ada', 'another long one')).answer.status).toBe(303);
  expect((await users('remove', 'Ben')).code).toBe(0);
  expect((await ben.get('/inbox')).status).toBe(401);
  const live = await cleo.get('/events?lists');
  expect((await users('change', 'Cleo', '--without-password')).code).toBe(0);
  await pause(cwd);
  expect(await live.text()).toContain('You are not signed in here any more.');
  await writeUsers(cwd, { Cleo: ['look'] });
  expect((await cleo.get('/inbox')).status).toBe(401);

  const again = await enter('Cleo');
  chmodSync(file, 0o644);
  const broken = await again.get('/inbox');
  const why = await broken.text();
  expect([broken.status, why]).toEqual([
    500,
    expect.stringContaining('The reason is printed where portia serve runs.'),
  ]);
  expect(why).not.toContain('users.json');
  await vi.waitFor(() =>
    expect(server.stderr().replaceAll(/\s+/g, ' ')).toContain('Other users of this machine can read'),
  );
  chmodSync(file, 0o600);
  expect((await again.get('/inbox')).status).toBe(200);
});

test('when a person changes their password on the page then it needs the old one, and other browsers are out', async () => {
  const { cwd, enter } = made();
  await writeUsers(cwd, { Eve: ['look'] });
  const [here, elsewhere] = [await enter('Eve'), await enter('Eve')];
  const page = await (await here.get('/password')).text();
  expect(page).toContain('<a href="/password" title="Change your password">Eve</a>');
  const good = { csrf: csrfOf(page), password: PASSWORD, new: 'a new long one', again: 'a new long one' };
  for (const [wrong, status, says] of [
    [{ new: 'short' }, 400, 'has 5 characters'],
    [{ new: 'qwertyuiop12', again: 'qwertyuiop12' }, 400, 'is easy to guess'],
    [{ again: 'another long one' }, 400, 'The two new passwords differ'],
    [{ password: 'not the old one' }, 401, 'The password that you have now is another one'],
    [{ csrf: 'guessed' }, 400, 'This form is of an earlier visit'],
  ] as const) {
    const refused = await here.post('/password', { ...good, ...wrong });
    expect([refused.status, await refused.text()]).toEqual([status, expect.stringContaining(says)]);
  }
  const changed = await here.post('/password', good);
  expect([changed.status, changed.headers.get('location')]).toEqual([303, '/password?changed']);
  const [cookie = ''] = changed.headers.getSetCookie().at(-1)?.split(';') ?? [];
  expect(await (await here.get('/password?changed', { cookie })).text()).toContain('Your password is changed.');
  expect([(await here.get('/inbox')).status, (await elsewhere.get('/inbox')).status]).toEqual([401, 401]);
  expect([(await enter('Eve')).answer.status, (await enter('Eve', good.new)).answer.status]).toEqual([401, 303]);
});

test('when a project that is not trusted names the users then nobody is let in by them', async () => {
  const { file } = made();
  const cwd = orderProject();
  writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ serve: { users: file } }));
  const env = { PORTIA_TRUST_PROJECT: '' };
  const { stderr, stdout } = await portiaHere(['serve', '--check'], { cwd, env });
  expect([stdout, stderr]).toEqual([
    expect.stringContaining('/enter?token='),
    expect.stringContaining('file of users'),
  ]);
});
