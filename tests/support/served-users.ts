import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hashPassword } from '../../src/server/users/password.js';
import type { Role } from '../../src/domain/values/roles.js';

/** Everybody has it. */
export const PASSWORD = 'correct horse battery';

let hash: Promise<string> | undefined;

/** Writes who may use the pages of a project, with their roles; those of `named` have no password. Gives the file. */
export async function writeUsers(
  cwd: string,
  users: Record<string, Role[]>,
  { named = [] }: { named?: readonly string[] } = {},
): Promise<string> {
  const password = await (hash ??= hashPassword(PASSWORD));
  const list = Object.entries(users).map(([name, roles]) => ({
    name,
    roles,
    ...(!named.includes(name) && { password }),
  }));
  const file = join(cwd, 'users.json');
  writeFileSync(file, JSON.stringify({ users: list }), { mode: 0o600 });
  return file;
}
