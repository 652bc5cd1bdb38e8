import { resolve } from 'node:path';

import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { hashPassword } from '../../server/users/password.js';
import { nameProblem, plainName } from '../../server/users/user-name.js';
import { UsersFile, type User, type Users } from '../../server/users/users-file.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';
import { newPassword } from './ask-password.js';
import { readRoles } from './read-roles.js';
import { sameFile, type UserOptions } from './users-flags.js';

type UsersSession = Session<UserOptions>;

/** Everybody in the file, with their roles. */
export async function listUsers(session: UsersSession): Promise<number> {
  const users = [...fileOf(session).users().values()];
  await session.print({
    record: users.map(shown),
    human: () => (users.length === 0 ? 'Nobody may sign in.\n' : users.map((user) => `${lineOf(user)}\n`).join('')),
  });
  return EXIT.complete;
}

/** One more person. */
export async function addUser(session: UsersSession, [typed = '']: readonly string[]): Promise<number> {
  const file = fileOf(session);
  const users = file.usersIfThere() ?? new Map<string, User>();
  const name = readName(session, typed);
  const there = [...users.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
  if (there !== undefined) {
    throw new PortiaError('usage', `${there} is there already.`, {
      why: 'A name is one person, whatever its upper and lower case.',
      fix: portia('users', 'change', there, ...sameFile(session.options)),
    });
  }
  const { role = ['look'] } = session.options;
  const user = { name, roles: readRoles(role), ...(await passwordOf(session, name)) };
  return keep(session, { file, users, user });
}

/** Another password for a person, or other roles. */
export async function changeUser(session: UsersSession, [typed = '']: readonly string[]): Promise<number> {
  const file = fileOf(session);
  const users = file.users();
  const known = knownUser(session, users, typed);
  const { role, passwordFile, withoutPassword } = session.options;
  const roles = role === undefined ? known.roles : readRoles(role);
  const isAboutRoles = role !== undefined && passwordFile === undefined && withoutPassword !== true;
  const secret = isAboutRoles ? { password: known.password } : await passwordOf(session, known.name);
  return keep(session, { file, users, user: { name: known.name, roles, ...secret } });
}

/** The person is signed out at the next request. */
export async function removeUser(session: UsersSession, [typed = '']: readonly string[]): Promise<number> {
  const file = fileOf(session);
  const users = file.users();
  const { name } = knownUser(session, users, typed);
  file.write(new Map([...users].filter(([other]) => other !== name)));
  await session.print({
    record: { removed: name, file: file.path },
    human: () => `${name} may not sign in any more.\n`,
  });
  return EXIT.complete;
}

function fileOf({ options, services, io }: UsersSession): UsersFile {
  const path = options.users ?? services.settings.usersFile?.value;
  if (path !== undefined) return new UsersFile(resolve(services.cwd, path), io.userId);
  throw new PortiaError('invalid-settings', 'No file of users is named.', {
    why: 'Neither --users nor the setting serve.users says where it is.',
    fix: advice`--users FILE\n${portia('config', 'set', 'serve.users', '~/.config/portia/users.json')}`,
  });
}

function readName({ options }: UsersSession, typed: string): string {
  const name = plainName(typed);
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new PortiaError('usage', `The name ${problem}.`, {
    why: 'It is recorded with each answer, as it is written in plans.',
    fix: portia('users', 'add', 'NAME', ...sameFile(options)),
  });
}

function knownUser({ options }: UsersSession, users: Users, typed: string): User {
  const found = users.get(plainName(typed));
  if (found !== undefined) return found;
  const near = nearestName(typed, [...users.keys()]);
  throw new PortiaError('not-found', `There is no user ${JSON.stringify(typed)}.`, {
    why: users.size === 0 ? 'The file has nobody.' : `The file has ${[...users.keys()].join(', ')}.`,
    fix:
      near === undefined
        ? portia('users', 'list', ...sameFile(options))
        : portia('users', 'change', near, ...sameFile(options)),
  });
}

async function passwordOf(session: UsersSession, name: string): Promise<Pick<User, 'password'>> {
  const { passwordFile, withoutPassword } = session.options;
  if (withoutPassword === true && passwordFile !== undefined) {
    throw new PortiaError('usage', '--without-password and --password-file contradict each other.', {
      fix: portia('users', '--help'),
    });
  }
  return withoutPassword === true ? {} : { password: await hashPassword(await newPassword(session, name)) };
}

async function keep(
  session: UsersSession,
  { file, users, user }: { file: UsersFile; users: Users; user: User },
): Promise<number> {
  file.write(new Map([...users, [user.name, user]]));
  await session.print({ record: { ...shown(user), file: file.path }, human: () => `${lineOf(user)}\n` });
  return EXIT.complete;
}

function shown({ name, roles, password }: User) {
  return { name, roles, has_password: password !== undefined };
}

function lineOf({ name, roles, password }: User): string {
  const may = roles.length === 0 ? 'nothing' : roles.join(', ');
  return `${name}: ${may}${password === undefined ? ' (named by a proxy, without a password)' : ''}`;
}
