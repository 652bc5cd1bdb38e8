import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { HeldFolder } from './held-folder.js';
import { refusalOf, type LocatedFile } from './paths.js';

/** The folder of a located file. Another program may have exchanged it since: then it rejects with NotThatFile. */
export function holdFolderOf(located: LocatedFile): Promise<HeldFolder> {
  return HeldFolder.open(path.dirname(located.path), optionsOf(located));
}

/** The same, made with its missing parents. */
export function makeFolderOf(located: LocatedFile): Promise<HeldFolder> {
  return HeldFolder.make(path.dirname(located.path), optionsOf(located));
}

function optionsOf({ path: file, jail }: LocatedFile) {
  const name = path.basename(file);
  return { isAllowed: (folder: string) => refusalOf(path.join(folder, name), jail) === undefined };
}

/** The content of a located file, or undefined when it is longer than `limit` bytes. */
export async function readLocated(located: LocatedFile, limit: number): Promise<Buffer | undefined> {
  const folder = await holdFolderOf(located);
  try {
    return await readHeld(folder, path.basename(located.path), limit);
  } finally {
    await folder.close();
  }
}

async function readHeld(folder: HeldFolder, name: string, limit: number): Promise<Buffer | undefined> {
  const { handle } = await folder.openFile(name);
  try {
    return await readUpTo(handle, limit);
  } finally {
    await handle.close();
  }
}

/** The whole content, or undefined when it is longer than `limit` bytes. */
export async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer | undefined> {
  const { size } = await handle.stat();
  if (size > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536), 0, 65_536, null);
    if (bytesRead === 0) return Buffer.concat(chunks, length);
    length += bytesRead;
    // It may grow while it is read.
    if (length > limit) return undefined;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
