import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { isPassword } from '../../src/server/users/password.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia } from '../support/scenario.js';
import { writeUsers } from '../support/served-users.js';

const PASSWORD = '🦊 über die Brücke';

function project() {
  const cwd = makeProject();
  const file = join(cwd, 'users.json');
  const users = (...args: string[]) => portiaHere(['users', ...args], { cwd });
  const kept = () =>
    JSON.parse(readFileSync(file, 'utf8')).users as { name: string; roles: string[]; password: string }[];
  return { cwd, file, users, kept };
}

test('when a person is added on a terminal then the password is asked twice, never shown, and kept as a hash', async () => {
  const { cwd, file, users, kept } = project();
  const terminal = openPortia(['users', 'add', 'ada', '--role', 'answer', '--users', 'users.json'], { cwd });
  await terminal.waitFor('Password of ada');
  terminal.type('short\r');
  await terminal.waitFor('It has 5 characters, and at least 12 are needed');
  terminal.type(`\u0015${PASSWORD}\r`);
  await terminal.waitFor('The same again');
  terminal.type(`another one\r`);
  await terminal.waitFor('This is another one.');
  terminal.type(`\u0015${PASSWORD}\r`);
  await terminal.waitFor('ada: look, answer');
  expect((await terminal.exit()).code).toBe(0);
  expect(terminal.raw()).not.toMatch(/short|Brücke/);
  const [ada] = kept();
  expect([ada?.name, ada?.roles, await isPassword(PASSWORD, ada?.password)]).toEqual(['ada', ['look', 'answer'], true]);
  expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8').includes('Brücke')]).toEqual([0o600, false]);
  const { stdout } = await users('--users', 'users.json');
  expect(JSON.parse(stdout)).toEqual([
    { name: 'ada', roles: ['look', 'answer'], has_password: true, has_second_factor: false },
  ]);
});

test('when the question for a password is interrupted then nothing is kept', async () => {
  const { cwd, file } = project();
  const terminal = openPortia(['users', 'add', 'ada', '--users', 'users.json'], { cwd });
  await terminal.waitFor('Password of ada');
  terminal.press('ctrl-c');
  expect((await terminal.exit()).code).toBe(130);
  expect(existsSync(file)).toBe(false);
});

test('when a setting names the file then the flag is not needed, and roles change without a password', async () => {
  const { cwd, users, kept } = project();
  await writeUsers(cwd, { ada: ['look'] });
  const [before] = kept();
  expect((await users('list')).code).toBe(2);
  expect((await portiaHere(['config', 'set', '--local', 'serve.users', 'users.json'], { cwd })).code).toBe(0);
  expect((await users('change', 'ada', '--role', 'run', '--role', 'answer')).code).toBe(0);
  expect(kept()).toEqual([{ ...before, roles: ['look', 'answer', 'run'] }]);
  expect((await users('add', 'Zoe\u0308', '--without-password')).code).toBe(0);
  expect(kept()[1]).toEqual({ name: 'Zo\u00eb', roles: ['look'] });
  expect(JSON.parse((await users('remove', 'ada')).stdout)).toMatchObject({ removed: 'ada' });
  expect(kept().map(({ name }) => name)).toEqual(['Zo\u00eb']);
});

test('when a person gets a second factor then it is shown once, and a new one or none takes its place', async () => {
  const { cwd, users, kept } = project();
  await writeUsers(cwd, { ada: ['look', 'run'] });
  const first = JSON.parse((await users('change', 'ada', '--second-factor', '--users', 'users.json')).stdout);
  const {
    key,
    uri,
    recovery_codes: codes,
  } = first.second_factor as Record<string, string> & { recovery_codes: string[] };
  expect(uri).toBe(`otpauth://totp/portia:ada?issuer=portia&secret=${key}&algorithm=SHA1&digits=6&period=30`);
  expect([new Set(codes).size, codes.every((code) => /^([a-z2-7]{5}-){3}[a-z2-7]{5}$/.test(code))]).toEqual([10, true]);
  const [before] = kept();
  expect(before).toMatchObject({ second_factor: { key }, changes: [{ what: 'second factor' }] });
  expect(JSON.stringify(kept())).not.toContain(codes[0]?.replaceAll('-', ''));
  expect((await users('list', '--users', 'users.json')).stdout).not.toContain(key);

  const terminal = await portiaHere(
    ['users', 'change', 'ada', '--second-factor', '--users', 'users.json', '--format', 'pretty'],
    { cwd },
  );
  expect(terminal.stdout).not.toContain(key);
  expect((await users('change', 'ada', '--role', 'run', '--users', 'users.json')).code).toBe(0);
  expect(kept()[0]).toHaveProperty('second_factor');
  expect((await users('change', 'ada', '--no-second-factor', '--users', 'users.json')).code).toBe(0);
  expect(kept()[0]).not.toHaveProperty('second_factor');
  expect(kept()[0]).toMatchObject({ roles: ['look', 'run'], password: before?.password });
});

const WRONG: [what: string, args: string[], code: string, says: string][] = [
  ['without a file', ['list'], 'invalid-settings', 'No file of users is named.'],
  ['with a file that is not there', ['list', '--users', 'none.json'], 'invalid-settings', 'There is no file'],
  ['without a name', ['add', '--users', 'users.json'], 'usage', 'The name is empty.'],
  ['with an invisible name', ['add', 'a\u200b', '--users', 'users.json'], 'usage', 'cannot be seen'],
  ['with a name in other case', ['add', 'ADA', '--users', 'users.json'], 'usage', 'ada is there already.'],
  ['with an unknown name', ['change', 'adda', '--users', 'users.json'], 'not-found', 'There is no user "adda".'],
  ['with an unknown role', ['change', 'ada', '--role', 'rnu', '--users', 'users.json'], 'usage', 'is not a role'],
  ['without anybody to ask', ['add', 'ben', '--users', 'users.json'], 'missing-input', 'nobody can be asked'],
  [
    'with an easy password',
    ['add', 'ben', '--password-file', 'easy.txt', '--users', 'users.json'],
    'invalid-input',
    'is easy to guess',
  ],
  [
    'with and without a password',
    ['add', 'ben', '--password-file', 'easy.txt', '--without-password', '--users', 'users.json'],
    'usage',
    'contradict each other',
  ],
  [
    'with a second factor for a person whom a proxy names',
    ['add', 'ben', '--without-password', '--second-factor', '--users', 'users.json'],
    'usage',
    'has no password, so there is no second factor',
  ],
  ['with a word too many', ['list', 'ada', '--users', 'users.json'], 'usage', 'does not take "ada"'],
  ['with another action', ['delete', 'ada'], 'usage', 'is not an action'],
];

test.each(WRONG)('when it is called %s then it says so, and changes nothing', async (_what, args, code, says) => {
  const { cwd, users, kept } = project();
  await writeUsers(cwd, { ada: ['look'] });
  writeFileSync(join(cwd, 'easy.txt'), 'password1234\n');
  const before = kept();
  expect(expectError(await users(...args), { code, exit: 2 }).message).toContain(says);
  expect(kept()).toEqual(before);
});
