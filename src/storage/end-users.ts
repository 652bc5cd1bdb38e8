import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { digestText } from '../domain/values/digest.js';
import {
  changedEndUser,
  endUserProblem,
  isEndUser,
  isSameEndUser,
  newEndUser,
  type EndUser,
  type EndUserChange,
} from '../domain/run/end-user.js';
import { PortiaError } from '../domain/errors.js';
import type { Now } from '../domain/values/ids.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import type { FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import type { ProcessIdentity } from './process-identity.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { workAlone } from './work-alone.js';

/**
 * What is known of an end user: `users/<digest of the id>.json` below `root`; undefined when there is no such file. Throws
 * `unreadable` when it holds something else.
 */
export function findEndUser(root: string, id: string, fs: FileSystem): EndUser | undefined {
  const path = endUserPath(root, id);
  const file = readBytes(path, fs);
  if (file === undefined) return undefined;
  const value: unknown = parseJsonOrThrow(file.bytes, path);
  if (isEndUser(value) && value.external_id === id) return value;
  throw notThe(`the end user ${JSON.stringify(id)}`, path, endUserProblem(value) ?? 'Its external_id is another one.');
}

function notThe(what: string, path: string, why: string | undefined): PortiaError {
  return new PortiaError('unreadable', `${path} is not ${what}.`, {
    why,
    fix: `Correct it, or move it away: ${shellQuote(path)}`,
  });
}

/** Of whom there is a file. Throws `unreadable` for one that holds something else. */
export function listEndUserIds(root: string, fs: FileSystem): string[] {
  const folder = usersFolder(root);
  return listFolder(folder, fs).flatMap((name) => {
    const file = /^[0-9a-f]{64}\.json$/.test(name) ? readBytes(join(folder, name), fs) : undefined;
    if (file === undefined) return [];
    const path = join(folder, name);
    const value: unknown = parseJsonOrThrow(file.bytes, path);
    if (!isEndUser(value)) throw notThe('an end user', path, endUserProblem(value));
    return [value.external_id];
  });
}

/** Changes what is known, while no other process does; makes the file of one who is not known yet. */
export async function changeEndUser(
  root: string,
  { id, change }: { id: string; change: EndUserChange },
  { fs, self, now }: { fs: FileSystem; self: ProcessIdentity; now: Now },
): Promise<EndUser> {
  const look = () => {
    const known = findEndUser(root, id, fs);
    return { known, user: changedEndUser(known ?? newEndUser(id), change) };
  };
  // Most runs change nothing.
  const before = look();
  if (isDeepStrictEqual(before.known, before.user)) return before.user;
  const folder = usersFolder(root);
  ensureFolder(folder, 0o700, fs);
  return workAlone(folder, { fs, self, now }, () => {
    const { known, user } = look();
    if (!isDeepStrictEqual(known, user)) writeEndUser(root, user, { fs, replace: true });
    return user;
  });
}

/** Keeps what is known of an end user elsewhere, unless something is known here. Gives whether both are the same now. */
export function keepEndUser(root: string, user: EndUser, fs: FileSystem): boolean {
  const here = findEndUser(root, user.external_id, fs);
  if (here === undefined) writeEndUser(root, user, { fs, replace: false });
  return here === undefined || isSameEndUser(here, user);
}

function writeEndUser(root: string, user: EndUser, options: { fs: FileSystem; replace: boolean }): void {
  const path = endUserPath(root, user.external_id);
  ensureFolder(dirname(path), 0o700, options.fs);
  writeFileSafely(path, `${JSON.stringify(user, null, 2)}\n`, options);
}

function endUserPath(root: string, id: string): string {
  return join(usersFolder(root), `${digestText(id)}.json`);
}

function usersFolder(root: string): string {
  return join(root, 'users');
}
