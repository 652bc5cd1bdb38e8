import { scryptSync } from 'node:crypto';

import { expect, test } from 'vitest';

import { hashPassword, isPassword } from '../../../src/server/users/password.js';
import { passwordRules } from '../../../src/server/users/password-rules.js';

test('when a password is kept then its hash opens for it alone, whole and from every keyboard', async () => {
  const long = `${'ä'.repeat(100)}end`;
  const hash = await hashPassword(long);
  expect(await isPassword(long.normalize('NFD'), hash)).toBe(true);
  expect(await isPassword(long.slice(0, -1), hash)).toBe(false);
  expect(await isPassword(long, undefined)).toBe(false);
});

test('when a name is not known then looking at the password is as much work as for one that is', async () => {
  const hash = await hashPassword('correct horse battery');
  const workOf = async (known: string | undefined) => {
    const { user, system } = process.cpuUsage();
    expect(await isPassword('another guess', known)).toBe(false);
    const after = process.cpuUsage();
    return after.user + after.system - user - system;
  };
  const ratio = (await workOf(undefined)) / (await workOf(hash));
  expect(ratio).toBeGreaterThan(0.2);
  expect(ratio).toBeLessThan(5);
});

test('when another program makes a hash of the same cost then it counts', async () => {
  const salt = Buffer.alloc(16, 7);
  const key = scryptSync('correct horse battery', salt, 32, { N: 32_768, r: 8, p: 3, maxmem: 2 ** 27 });
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const hash = `$scrypt$ln=15,r=8,p=3$${plain(salt)}$${plain(key)}`;
  expect(await isPassword('correct horse battery', hash)).toBe(true);
});

test.each([
  ['elevenchars', 'has 11 characters, and at least 12 are needed'],
  ['🦊'.repeat(11), 'has 11 characters, and at least 12 are needed'],
  ['x'.repeat(129), 'has more than 128 characters'],
  ['abcabcabcabc', 'is easy to guess'],
  ['123456789012', 'is easy to guess'],
  ['Qwertyuiopasd', 'is easy to guess'],
  ['Password2026!', 'is easy to guess'],
  ['leavemealone1', 'is easy to guess'],
  ['Ada Brook 123', 'is easy to guess'],
])('when the password is %s then it is refused: it %s', async (password, problem) => {
  expect(passwordRules()(password, 'Ada Brook').problem).toBe(problem);
});

test.each(['correct horse battery', '🦊🐢 über die Brücke', 'kj29-xx02-pq31', `${'long words '.repeat(11)}and`])(
  'when the password is %s then it can be used',
  async (password) => {
    expect(passwordRules()(password, 'Ada Brook')).toMatchObject({ problem: undefined });
  },
);
