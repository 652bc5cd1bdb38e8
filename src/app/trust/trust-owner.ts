import { keepTrustedOwners, trustedOwners } from '../../config/trusted-owners.js';
import { userIdOf } from '../../config/user-names.js';
import type { Environment } from '../../domain/environment.js';
import { PortiaError } from '../../domain/errors.js';

/**
 * From now on, files of this user count like the user's own in the project at this real path. Gives the user's number.
 */
export async function trustOwner(root: string, name: string, shell: Environment): Promise<number> {
  const id = await userIdOf(name);
  if (id === undefined) {
    throw new PortiaError('usage', `There is no user ${JSON.stringify(name)} on this machine.`, {
      why: '--owner takes the name or the number of the user whose files you trust in this project.',
      fix: 'ls -ln   # shows the numbers of the owners',
    });
  }
  const { [root]: known = [] } = await trustedOwners(shell);
  if (!known.includes(id)) await keepTrustedOwners(root, [...known, id], shell);
  return id;
}
