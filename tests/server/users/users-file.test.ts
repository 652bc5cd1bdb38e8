import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { PortiaError } from '../../../src/domain/errors.js';
import { UsersFile, type User } from '../../../src/server/users/users-file.js';
import { makeProject } from '../../support/portia.js';

const own = process.geteuid?.();
const HASH = `$scrypt$ln=15,r=8,p=3$${'a'.repeat(22)}$${'b'.repeat(43)}`;

function fileWith(content: unknown, mode = 0o600): string {
  const path = join(makeProject(), 'users.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

function problemOf(file: UsersFile): string {
  try {
    file.users();
  } catch (error) {
    const { code, message, details } = error as PortiaError;
    return [code, message, details.why].join(' ');
  }
  return 'nothing';
}

test('when a user has a role then looking comes with it, and without a role nothing does', () => {
  const users = [
    { name: 'ada', roles: ['run'], password: HASH },
    { name: 'ben', roles: [] },
  ];
  expect([...new UsersFile(fileWith({ users }), own).users().values()].map(({ roles }) => roles)).toEqual([
    ['look', 'run'],
    [],
  ]);
});

test.each([
  ['is not JSON', 'users: ada', 0o600, 'Invalid input'],
  ['can be read by others', { users: [] }, 0o644, 'Other users of this machine can read or change it.'],
  ['has another key', { users: [], admins: [] }, 0o600, 'Unrecognized key'],
  [
    'has a name twice',
    {
      users: [
        { name: 'Ada', roles: [] },
        { name: 'ada', roles: [] },
      ],
    },
    0o600,
    'twice, or in other case',
  ],
  ['has an invisible name', { users: [{ name: 'a\u200bda', roles: [] }] }, 0o600, 'characters that cannot be seen'],
  ['has an unknown role', { users: [{ name: 'ada', roles: ['admin'] }] }, 0o600, 'users/0/roles/0'],
  ['has a plain password', { users: [{ name: 'ada', roles: [], password: 'hunter2' }] }, 0o600, 'is not a hash'],
  [
    'has a weaker hash',
    { users: [{ name: 'ada', roles: [], password: HASH.replace('15', '10') }] },
    0o600,
    'is not a hash',
  ],
])('when the file %s then nobody is let in by it', (_what, content, mode, says) => {
  const said = problemOf(new UsersFile(fileWith(content, mode), own));
  expect(said).toContain('invalid-settings');
  expect(said).toContain(says);
  expect(said).not.toContain('hunter2');
});

test('when the file belongs to somebody else then nobody is let in by it', () => {
  const path = fileWith({ users: [] });
  const other = new UsersFile(path, statSync(path).uid + 1);
  const isOfRoot = statSync(path).uid === 0;
  expect(problemOf(other)).toMatch(isOfRoot ? /^nothing$/ : /It belongs to another user/);
});

test('when the file changes then the change counts, and nothing of it is overwritten by an older one', () => {
  const path = fileWith({ users: [{ name: 'ada', roles: ['look'] }] });
  const [file, other] = [new UsersFile(path, own), new UsersFile(path, own)];
  const ada: User = { name: 'ada', roles: ['look', 'answer'] };
  expect([file.users().size, other.users().size]).toEqual([1, 1]);
  other.write(new Map([['ada', ada]]));
  expect(() => file.write(new Map())).toThrow(/was changed at this moment/);
  expect(file.users().get('ada')).toEqual(ada);
  file.write(new Map());
  expect([JSON.parse(readFileSync(path, 'utf8')), statSync(path).mode & 0o777]).toEqual([{ users: [] }, 0o600]);
  expect(problemOf(new UsersFile(`${path}.none`, own))).toContain('There is no file');
});
