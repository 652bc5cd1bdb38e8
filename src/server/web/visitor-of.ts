import { personHere } from '../../app/person-here.js';
import type { Person } from '../../domain/run/person.js';
import { credentialsOf, type User } from '../users/users-file.js';
import type { Visitor } from './sessions.js';

/** Somebody whose name is proven by a login; `by`: who started the server. */
export function visitorOf({ name, roles, ...details }: User, { user, host }: Person): Visitor {
  const person = { ...personHere({ environment: {}, name, vouchedBy: 'login' }), user, host };
  return { person, name, roles: new Set(roles), credentials: credentialsOf(details) };
}
