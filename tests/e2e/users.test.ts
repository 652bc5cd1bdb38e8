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
  expect(JSON.parse(stdout)).toEqual([{ name: 'ada', roles: ['look', 'answer'], has_password: true }]);
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
