import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { digestText } from '../domain/values/digest.js';
import { removeIfThere, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import { judgeLiveness, startOf, type ProcessIdentity } from './process-identity.js';

/** A name for a file that is being written. With a writer it tells whose it is. */
export function temporaryName(writer?: ProcessIdentity): string {
  if (writer === undefined) return `.portia-${randomUUID()}.tmp`;
  const { pid, start, boot } = writer;
  return `.portia-${pid}-${mark(start)}-${mark(boot)}-${mark(placeOf(writer))}-${randomUUID()}.tmp`;
}

/** A folder of about 10,000 names. Reading more takes longer than what it is read for. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/**
 * Removes what processes left in the folder that were killed while they wrote. What may be in use stays, and so does
 * everything in a large folder.
 */
export function clearTemporaries(folder: string, { fs, self }: { fs: FileSystem; self: ProcessIdentity }): void {
  if ((fs.lstat(folder)?.size ?? 0) > LARGE_FOLDER_BYTES) return;
  for (const name of listFolder(folder, fs)) {
    if (isLeftover(name, self)) remove(join(folder, name), fs);
  }
}

/** A file, or a folder in which several were made. */
function remove(path: string, fs: FileSystem): void {
  if (fs.lstat(path)?.isDirectory() === true) fs.removeTree(path);
  else removeIfThere(path, fs);
}

const NAME = /^\.portia-(\d{1,10})-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f-]{36}\.tmp$/;

function isLeftover(name: string, self: ProcessIdentity): boolean {
  const [, digits, start, boot, place] = NAME.exec(name) ?? [];
  if (place === undefined || place !== mark(placeOf(self))) return false;
  const pid = Number(digits);
  const known = startOf(pid) ?? '';
  const identity = {
    ...self,
    pid,
    start: start === mark(known) ? known : 'another',
    boot: boot === mark(self.boot) ? self.boot : 'another',
  };
  return judgeLiveness(identity, self) === 'dead';
}

function placeOf({ host, machine, namespace }: ProcessIdentity): string {
  return JSON.stringify([host, machine, namespace]);
}

/** Enough to tell a few processes apart, in a name that fits every file system. */
function mark(text: string): string {
  return digestText(text).slice(0, 8);
}
