import { resolve } from 'node:path';

import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { hashPassword } from '../../server/users/password.js';
import { nameProblem, plainName } from '../../server/users/user-name.js';
import { UsersFile, withChange, type User, type Users } from '../../server/users/users-file.js';
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
  const { role = ['look'], secondFactor } = session.options;
  const user: User = { name, roles: readRoles(role), ...(await passwordOf(session, name)) };
  if (secondFactor !== true) return keep(session, { file, users, user });
  return keep(session, { file, users, ...(await withSecondFactor(session, user)) });
}

/** Another password for a person, other roles, or a second factor. */
export async function changeUser(session: UsersSession, [typed = '']: readonly string[]): Promise<number> {
  const file = fileOf(session);
  const users = file.users();
  const known = knownUser(session, users, typed);
  const { role, secondFactor, passwordFile, withoutPassword } = session.options;
  const roles = role === undefined ? known.roles : readRoles(role);
  const isAboutOthers = role !== undefined || secondFactor !== undefined;
  const keepsPassword = isAboutOthers && passwordFile === undefined && withoutPassword !== true;
  const changed = { ...known, roles };
  const user = keepsPassword ? changed : await withPassword(session, changed);
  if (secondFactor === true) return keep(session, { file, users, ...(await withSecondFactor(session, user)) });
  return keep(session, { file, users, user: secondFactor === false ? withoutFactor(session, user) : user });
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

/** A second factor needs a password. */
async function withPassword(session: UsersSession, user: User): Promise<User> {
  const { second_factor, ...others } = user;
  const secret = await passwordOf(session, user.name);
  if (secret.password === undefined) return { ...others, password: undefined };
  return withChange({ ...others, ...secret, second_factor }, { what: 'password', at: timeOf(session) });
}

/** The person with a second factor, and what is shown of it once. */
async function withSecondFactor(session: UsersSession, user: User) {
  if (user.password === undefined) {
    throw new PortiaError('usage', `${user.name} has no password, so there is no second factor.`, {
      why: 'Who is named by a proxy does not sign in here.',
      fix: portia('users', 'change', user.name, '--password-file', '-', ...sameFile(session.options)),
    });
  }
  const { newSecondFactor } = await import('../../server/users/second-factor.js');
  const { kept, ...factor } = newSecondFactor(user.name);
  const changed = withChange({ ...user, second_factor: kept }, { what: 'second factor', at: timeOf(session) });
  return { user: changed, factor: { ...factor, key: kept.key } };
}

function withoutFactor(session: UsersSession, { second_factor: second, ...user }: User): User {
  return second === undefined ? user : withChange(user, { what: 'no second factor', at: timeOf(session) });
}

function timeOf({ services }: UsersSession): string {
  return services.now().toISOString();
}

/** What a person gets of a second factor. */
interface GivenFactor {
  key: string;
  uri: string;
  recoveryCodes: string[];
}

async function keep(
  session: UsersSession,
  { file, users, user, factor }: { file: UsersFile; users: Users; user: User; factor?: GivenFactor },
): Promise<number> {
  file.write(new Map([...users, [user.name, user]]));
  await tellOfChanges(session, users.get(user.name), user);
  await session.print({
    record: {
      ...shown(user),
      file: file.path,
      ...(factor && {
        second_factor: { uri: factor.uri, key: factor.key, recovery_codes: factor.recoveryCodes },
      }),
    },
    human: () => `${lineOf(user)}\n${factor === undefined ? '' : factorText(factor)}`,
  });
  return EXIT.complete;
}

/** Where the settings name somebody who is told. */
async function tellOfChanges({ services }: UsersSession, before: User | undefined, { name, changes = [] }: User) {
  const known = before?.changes ?? [];
  const notifier = await services.notifier();
  for (const change of changes) if (!known.includes(change)) await notifier?.signInChanged(name, change);
}

function factorText({ key, uri, recoveryCodes }: GivenFactor): string {
  return [
    '',
    'Give this to the person alone. It is not shown again.',
    'For the authenticator, as an address or as a key that is typed:',
    `  ${uri}`,
    `  ${key.replaceAll(/.{4}(?=.)/g, '$& ')}`,
    'Where the authenticator is lost, each of these signs in once:',
    ...recoveryCodes.map((code) => `  ${code}`),
    '',
  ].join('\n');
}

function shown({ name, roles, password, second_factor: second }: User) {
  return { name, roles, has_password: password !== undefined, has_second_factor: second !== undefined };
}

function lineOf({ name, roles, password, second_factor: second }: User): string {
  const may = roles.length === 0 ? 'nothing' : roles.join(', ');
  if (password === undefined) return `${name}: ${may} (named by a proxy, without a password)`;
  return `${name}: ${may}${second === undefined ? '' : ' (with a second factor)'}`;
}
