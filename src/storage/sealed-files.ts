import { join } from 'node:path';

import { isClarificationId, type ClarificationId } from '../domain/values/ids.js';
import { removeIfThere, syncFolder, type FileSystem } from './file-system.js';
import type { ProcessIdentity } from './process-identity.js';
import { readBytes, textOf } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';

// A file for each secret answer of a run, named after its question.

const folderOf = (runFolder: string): string => join(runFolder, 'sealed');

export function writeSealed(
  runFolder: string,
  { question, sealed }: { question: ClarificationId; sealed: string },
  { fs, self }: { fs: FileSystem; self: ProcessIdentity },
): void {
  const folder = folderOf(runFolder);
  ensureFolder(folder, 0o700, fs);
  writeFileSafely(join(folder, question), sealed, { fs, writer: self });
}

export function readSealedFiles(runFolder: string, fs: FileSystem): Map<ClarificationId, string> {
  const folder = folderOf(runFolder);
  const sealed = new Map<ClarificationId, string>();
  for (const name of fs.lstat(folder) === undefined ? [] : fs.list(folder)) {
    const path = join(folder, name);
    const file = isClarificationId(name) ? readBytes(path, fs) : undefined;
    if (file !== undefined && isClarificationId(name)) sealed.set(name, textOf(file.bytes, path));
  }
  return sealed;
}

export function removeSealed(runFolder: string, questions: readonly ClarificationId[], fs: FileSystem): void {
  const folder = folderOf(runFolder);
  if (questions.length === 0 || fs.lstat(folder) === undefined) return;
  for (const question of questions) removeIfThere(join(folder, question), fs);
  syncFolder(fs, folder);
}
