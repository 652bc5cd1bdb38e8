import { PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { ROLES, withLook, type Role } from '../../domain/values/roles.js';

/** The roles that --role names. Throws `usage` for another word. */
export function readRoles(given: readonly string[]): Role[] {
  return withLook(given.map(readRole));
}

function readRole(given: string): Role {
  const role = ROLES.find((name) => name === given);
  if (role !== undefined) return role;
  throw new PortiaError('usage', `--role ${given} is not a role.`, {
    why: `The roles are ${ROLES.join(', ')}.`,
    fix: `--role ${nearestName(given, ROLES) ?? 'look'}`,
  });
}
