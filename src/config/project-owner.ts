import { advice, adviceLines, portia } from '../domain/next-step.js';
import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { partsOfOthers, type OwnedPart } from './owner-rule.js';
import type { UserSettings } from './settings-schema.js';
import { userNameOf } from './user-names.js';

/**
 * Rejects with `project-untrusted` when one of the paths is there and belongs to another user; of a link, both the link
 * and what it leads to count. `read` are the files that are already open.
 */
export type RefuseOthers = (paths: string[], read?: OwnedPart[]) => Promise<void>;

export interface OwnerSources {
  /** Where the command was called. */
  cwd: string;
  /** Numeric id of the user; undefined where the system has none. */
  userId?: number | undefined;
  /** Of the shell. */
  environment: Environment;
  user: Pick<UserSettings, 'trusted_owners'> | undefined;
}

/**
 * In a folder that several may write to, one user's files would act as another. So it is done as git does it, for root,
 * too: files of another user count only where the person said so, for one root.
 */
export function createOwnerCheck(
  root: string,
  { cwd, userId, environment: shell, user: settings }: OwnerSources,
): RefuseOthers {
  const sudoUserId = readId(shell['SUDO_UID']);
  return async (paths, read = []) => {
    const parts = [...paths.flatMap(ownedParts), ...read];
    const user = { userId, sudoUserId, trustedOwners: [] };
    if (partsOfOthers(parts, user).length === 0) return;
    const realRoot = realPath(root);
    if (isNamedBy(shell, realRoot)) return;
    const others = partsOfOthers(parts, { ...user, trustedOwners: settings?.trusted_owners?.[realRoot] ?? [] });
    if (others.length > 0) throw await belongsToOthers(others, { root, cwd });
  };
}

function ownedParts(path: string): OwnedPart[] {
  const part = (stats: Stats | undefined) => (stats === undefined ? [] : [{ path, ownerId: stats.uid }]);
  const link = statsOf(() => lstatSync(path));
  return [...part(link), ...(link?.isSymbolicLink() ? part(statsOf(() => statSync(path))) : [])];
}

/** Undefined for a path that does not exist, or that cannot be reached. */
function statsOf(read: () => Stats): Stats | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Only the path of a root counts, not `1`, which trusts the user's own projects wherever they are. */
function isNamedBy(shell: Environment, realRoot: string): boolean {
  const named = shell['PORTIA_TRUST_PROJECT']?.trim() ?? '';
  return isAbsolute(named) && realPath(named) === realRoot;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function belongsToOthers(
  others: OwnedPart[],
  { root, cwd }: { root: string; cwd: string },
): Promise<PortiaError> {
  const names = new Map<number, string>();
  for (const { ownerId } of others) names.set(ownerId, names.get(ownerId) ?? (await userNameOf(ownerId)));
  const [first = '', ...more] = new Map(
    others.map(({ path, ownerId }) => [path, `${path} belongs to another user (${names.get(ownerId)})`]),
  ).values();
  const also = more.length === 0 ? '' : `\n${more.map((text) => `${text}.`).join('\n')}`;
  return new PortiaError('project-untrusted', `${first}.`, {
    why: `Whoever owns the files of a project decides what portia does with your rights.${also}`,
    fix: adviceLines([
      ...[...names.values()].map(
        (name) => advice`${portia('trust', '--owner', name)}   # if you trust what ${name} writes in ${root}`,
      ),
      `export PORTIA_TRUST_PROJECT=${shellQuote(root)}   # the same in this shell, for example in a container`,
      ...(resolve(cwd) === root
        ? []
        : [`echo '{}' > ${shellQuote(join(cwd, 'portia.json'))}   # makes the current folder a project of its own`]),
      'Or add --no-project: then nothing of the project is used.',
    ]),
  });
}
