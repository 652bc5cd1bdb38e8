import { dirname, join } from 'node:path';

import { digestText, digestValue } from '../domain/values/digest.js';
import { endUserSchema, type EndUser } from '../domain/run/end-user.js';
import { PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { realFileSystem, type FileSystem } from './file-system.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';

/**
 * What is known of an end user: `users/<digest of the id>.json` below `root`. The file is made, with nothing but the id,
 * when it is not there yet. Throws `unreadable` when it holds something else.
 */
export function loadEndUser(root: string, id: string, fs: FileSystem = realFileSystem): EndUser {
  const kept = findEndUser(root, id, fs);
  if (kept !== undefined) return kept;
  const user: EndUser = { external_id: id, name: null, email: null, phone_number: null, additional_data: {} };
  // Two processes may make the same file at once.
  writeEndUser(root, user, { fs, replace: true });
  return user;
}

/** As `loadEndUser`, but undefined for an end user who is not known yet. */
export function findEndUser(root: string, id: string, fs: FileSystem = realFileSystem): EndUser | undefined {
  const path = endUserPath(root, id);
  const file = readBytes(path, fs);
  if (file === undefined) return undefined;
  const read = endUserSchema.safeParse(parseJsonOrThrow(file.bytes, path));
  if (read.success && read.data.external_id === id) return read.data;
  const [issue] = read.error?.issues ?? [];
  throw new PortiaError('unreadable', `${path} is not the end user ${JSON.stringify(id)}.`, {
    why: issue === undefined ? 'Its external_id is another one.' : `/${issue.path.join('/')}: ${issue.message}`,
    fix: `Correct it, or move it away: ${shellQuote(path)}`,
  });
}

/** Keeps an end user who is not known yet. Throws `storage-failed` for one who is. */
export function addEndUser(root: string, user: EndUser, fs: FileSystem = realFileSystem): void {
  writeEndUser(root, user, { fs, replace: false });
}

/** Keeps what is known of an end user elsewhere, unless something is known here. Gives whether both are the same now. */
export function keepEndUser(root: string, user: EndUser, fs: FileSystem = realFileSystem): boolean {
  const here = findEndUser(root, user.external_id, fs);
  if (here === undefined) addEndUser(root, user, fs);
  return here === undefined || digestValue(here) === digestValue(user);
}

function writeEndUser(root: string, user: EndUser, options: { fs: FileSystem; replace: boolean }): void {
  const path = endUserPath(root, user.external_id);
  ensureFolder(dirname(path), 0o700, options.fs);
  writeFileSafely(path, `${JSON.stringify(user, null, 2)}\n`, options);
}

function endUserPath(root: string, id: string): string {
  return join(root, 'users', `${digestText(id)}.json`);
}
