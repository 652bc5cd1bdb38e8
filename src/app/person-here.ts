import { hostname, userInfo } from 'node:os';

import type { Environment } from '../domain/environment.js';
import type { Person } from '../domain/run/person.js';

/** Who works with this process, as far as the machine knows; `name` is what the person says, or what somebody vouches for. */
export function personHere(from: {
  environment: Environment;
  userId?: number | undefined;
  name?: string | undefined;
  vouchedBy?: Person['vouched_by'];
}): Person {
  const { environment, userId, name, vouchedBy: vouched_by } = from;
  known ??= { userName: readUserName(), host: hostname() };
  return {
    user: known.userName ?? environment['USER'] ?? numbered(userId),
    host: known.host,
    ...(name && { name, ...(vouched_by && { vouched_by }) }),
  };
}

/** A program that makes many runs asks for each, and the system reads a file for the answer. */
let known: { userName: string | undefined; host: string } | undefined;

/** In containers the number of the user often has no name. */
function readUserName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function numbered(userId: number | undefined): string {
  return userId === undefined ? 'unknown' : `uid ${userId}`;
}
