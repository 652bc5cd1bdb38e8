import { expect, test } from 'vitest';

import { UsersFile, type User } from '../../../src/server/users/users-file.js';
import { PasswordCheck } from '../../../src/server/web/password-check.js';
import { makeProject } from '../../support/portia.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';

const OTHER: User = {
  name: 'Ada',
  roles: ['look'],
  password: `$scrypt$ln=15,r=8,p=3$${'a'.repeat(22)}$${'b'.repeat(43)}`,
};

test.each<[string, User[]]>([
  ['removed', []],
  ['given another password', [OTHER]],
])('when a person is %s while they change their password then that is refused, and stays so', async (_what, left) => {
  const path = await writeUsers(makeProject(), { Ada: ['look'] });
  const [users, elsewhere] = [new UsersFile(path, undefined), new UsersFile(path, undefined)];
  const told: string[] = [];
  const passwords = new PasswordCheck(users, { now: () => new Date(), tell: (name) => void told.push(name) });
  const checked = await passwords.check({ name: 'Ada', address: '192.0.2.1' }, { password: PASSWORD });
  if (checked.kind !== 'right') throw new Error('The password is the right one.');
  const changed = passwords.change(checked.user, 'a new long one');
  elsewhere.users();
  elsewhere.write(new Map(left.map((user) => [user.name, user])));
  await expect(changed).rejects.toMatchObject({ code: 'stale' });
  expect([...users.users().values()]).toEqual(left);
  expect(told).toEqual([]);
});
