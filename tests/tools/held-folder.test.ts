import { chownSync, existsSync, linkSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { HeldFolder, isForeignLink } from '../../src/tools/held-folder.js';
import { holdFolderOf, makeFolderOf, readLocated } from '../../src/tools/open-located.js';
import { locateFile, type LocatedFile } from '../../src/tools/paths.js';
import { placeFile } from '../../src/tools/place-file.js';
import { exchangeRounds } from './exchange-rounds.js';
import { exchangeable, INSIDE, OUTSIDE } from './exchanging.js';

const EXCHANGED = 'exchanged a folder';

/** On other systems than Linux nothing addresses an open folder. */
const HOLDS = existsSync('/proc/self/fd');

async function locate(root: string, name: string, purpose: 'read' | 'write' = 'read'): Promise<LocatedFile> {
  const located = await locateFile(name, purpose, { projectRoot: root, allowedPaths: [] });
  if (!located.ok) throw new Error(located.message);
  return located;
}

describe('a folder that is exchanged after its name was checked', () => {
  test('when a file in it is read, then it is refused', async () => {
    const { root, exchange } = exchangeable();
    const located = await locate(root, 'd/f.txt');
    expect((await readLocated(located, 100))?.toString()).toBe(INSIDE);
    exchange();
    // The last part of the folder's own name is a link by now.
    await expect(readLocated(located, 100)).rejects.toThrow(/ELOOP|ENOTDIR/);
  });

  test('when a folder above it is exchanged, then it is refused, too', async () => {
    const { root, exchange } = exchangeable();
    const located = await locate(root, 'd/e/f.txt');
    const written = await locate(root, 'd/e/new.txt', 'write');
    exchange();
    await expect(readLocated(located, 100)).rejects.toThrow(EXCHANGED);
    await expect(holdFolderOf(written)).rejects.toThrow(EXCHANGED);
  });

  test('when folders are made for a new file, then none is made outside', async () => {
    const { root, outside, exchange } = exchangeable();
    const located = await locate(root, 'd/new/deep/a.txt', 'write');
    exchange();
    await expect(makeFolderOf(located)).rejects.toThrow(/ELOOP|ENOTDIR/);
    expect(readdirSync(outside)).toEqual(['e', 'elsewhere.txt', 'f.txt']);
  });
});

describe('a folder that is exchanged while it is held', () => {
  test('when a file is read or written, then it is the one inside', async () => {
    const { root, outside, exchange } = exchangeable();
    const folder = await holdFolderOf(await locate(root, 'd/f.txt'));
    exchange();
    const read = async () => {
      const { handle } = await folder.openFile('f.txt');
      const content = await handle.readFile();
      await handle.close();
      return content.toString();
    };
    const placement = { name: 'new.txt', bytes: Buffer.from('mine'), mode: undefined, isNew: true };
    if (HOLDS) {
      expect(await read()).toBe(INSIDE);
      await placeFile(folder, placement);
      expect(readFileSync(path.join(root, 'held/new.txt'), 'utf8')).toBe('mine');
    } else {
      await expect(read()).rejects.toThrow(EXCHANGED);
      await expect(placeFile(folder, placement)).rejects.toThrow(EXCHANGED);
    }
    await folder.close();
    expect(readdirSync(outside)).toEqual(['e', 'elsewhere.txt', 'f.txt']);
  });

  test('when the system cannot address it, then using it is refused, and nothing is outside', async () => {
    const { root, outside, exchange } = exchangeable();
    const options = { isAllowed: () => true, openFiles: '/nowhere' };
    const folder = await HeldFolder.open(path.join(root, 'd'), options);
    const { handle, path: file } = await folder.openFile('f.txt');
    expect([(await handle.readFile()).toString(), file]).toEqual([INSIDE, path.join(root, 'd/f.txt')]);
    await handle.close();
    exchange();
    await expect(folder.openFile('f.txt')).rejects.toThrow(EXCHANGED);
    const placement = { name: 'new.txt', bytes: Buffer.from('mine'), mode: undefined, isNew: true };
    await expect(placeFile(folder, placement)).rejects.toThrow(EXCHANGED);
    await folder.close();
    await expect(HeldFolder.make(path.join(root, 'd/new'), options)).rejects.toThrow(/ELOOP|ENOTDIR/);
    expect(readdirSync(outside)).toEqual(['e', 'elsewhere.txt', 'f.txt']);
  });

  test('when the system cannot address it and all is quiet, then files are made in it', async () => {
    const { root } = exchangeable();
    const options = { isAllowed: () => true, openFiles: '/nowhere' };
    const folder = await HeldFolder.make(path.join(root, 'd/new/deep'), options);
    await placeFile(folder, { name: 'a.txt', bytes: Buffer.from('mine'), mode: 0o600, isNew: true });
    await folder.close();
    expect(readdirSync(path.join(root, 'd/new/deep'))).toEqual(['a.txt']);
  });
});

describe('a file with several names', () => {
  test('when it has another owner than its folder, then it is not read', async () => {
    const { root, outside } = exchangeable();
    linkSync(path.join(outside, 'f.txt'), path.join(root, 'd/linked.txt'));
    const located = await locate(root, 'd/linked.txt');
    expect((await readLocated(located, 100))?.toString()).toBe(OUTSIDE);
    expect(isForeignLink({ nlink: 2, uid: 0 }, { uid: 1_000 })).toBe(true);
    expect(isForeignLink({ nlink: 1, uid: 0 }, { uid: 1_000 })).toBe(false);
    // Only root can give a file away.
    if (process.getuid?.() !== 0) return;
    chownSync(path.join(outside, 'f.txt'), 65_534, 65_534);
    await expect(readLocated(located, 100)).rejects.toThrow('hard links');
  });
});

test('when file tools work while a folder is exchanged all the time, then nothing goes outside', async () => {
  const { inside, outside } = await exchangeRounds({ files: 40, queries: 2 });
  expect(outside).toEqual([]);
  expect(inside).toBeGreaterThan(0);
});
