import { resolve } from 'node:path';

import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { ROLES, type Role } from '../../domain/values/roles.js';
import { HEADER_NAME } from '../../domain/values/header-name.js';
import { UsersFile } from '../../server/users/users-file.js';
import type { Entrance } from '../../server/web/entrance.js';
import { ProxyDoor } from '../../server/web/proxy-door.js';
import type { Session } from '../session/session.js';
import { readRoles } from '../users/read-roles.js';
import type { ServeOptions } from './serve-flags.js';

/** By whom people are named. Throws `usage` or `invalid-settings` where nobody could be. */
export function namedEntrance({ options, services, io }: Session<ServeOptions>): Entrance | undefined {
  const named = options.users === undefined ? undefined : resolve(services.cwd, options.users);
  const path = named ?? services.settings.usersFile?.value;
  const users = path === undefined ? undefined : new UsersFile(path, io.userId);
  // What is wrong with it is said now, and not to the first who comes.
  users?.users();
  const { userHeader, role } = options;
  const secondFactor = secondFactorOf(options.secondFactor) ?? services.settings.secondFactor?.value;
  if (userHeader !== undefined) {
    if (secondFactor !== undefined) throw ofProxy();
    refuseHeader(userHeader);
    const others = role?.join() === 'none' ? [] : readRoles(role ?? ['look']);
    return { kind: 'proxy', proxy: new ProxyDoor({ header: userHeader, users, others }) };
  }
  return users && { kind: 'sign-in', users, secondFactor };
}

function secondFactorOf(given: string | undefined): Role | undefined {
  const role = ROLES.find((name) => name === given);
  if (given === undefined || role !== undefined) return role;
  throw new PortiaError('usage', `--second-factor ${given} is not a role.`, {
    why: `The roles are ${ROLES.join(', ')}.`,
    fix: `--second-factor ${nearestName(given, ROLES) ?? 'run'}`,
  });
}

function ofProxy(): PortiaError {
  return new PortiaError('usage', 'The proxy signs people in, so nothing here asks for a second factor.', {
    why: 'It is wanted by --second-factor, or by serve.second_factor of the settings.',
    fix: 'Let the proxy ask for one, and take both away.',
  });
}

function refuseHeader(header: string): void {
  if (HEADER_NAME.test(header) && !isOfHttp(header)) return;
  throw new PortiaError('usage', `--user-header ${JSON.stringify(header)} cannot name a person.`, {
    why: 'It is the name of a header that the proxy alone sets.',
    fix: '--user-header Remote-User',
  });
}

/** What browsers send themselves. */
function isOfHttp(header: string): boolean {
  const lower = header.toLowerCase();
  return ['host', 'origin', 'cookie', 'authorization', 'referer', 'user-agent', 'connection'].includes(lower);
}
