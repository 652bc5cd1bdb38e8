import { join } from 'node:path';

import { digestText } from '../domain/values/digest.js';
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
  const folder = join(root, 'users');
  const path = join(folder, `${digestText(id)}.json`);
  const file = readBytes(path, fs);
  if (file === undefined) {
    const user: EndUser = { external_id: id, name: null, email: null, phone_number: null, additional_data: {} };
    ensureFolder(folder, 0o700, fs);
    writeFileSafely(path, `${JSON.stringify(user, null, 2)}\n`, { fs });
    return user;
  }
  const read = endUserSchema.safeParse(parseJsonOrThrow(file.bytes, path));
  if (read.success && read.data.external_id === id) return read.data;
  const [issue] = read.error?.issues ?? [];
  throw new PortiaError('unreadable', `${path} is not the end user ${JSON.stringify(id)}.`, {
    why: issue === undefined ? 'Its external_id is another one.' : `/${issue.path.join('/')}: ${issue.message}`,
    fix: `Correct it, or move it away: ${shellQuote(path)}`,
  });
}
