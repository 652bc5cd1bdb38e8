import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { ensureFolder, writeFileSafely } from '../../src/storage/safe-write.js';
import { errorOf, newFolder, outcomeOf } from './examples.js';
import { faultyFileSystem, withoutLinks } from './faulty-file-system.js';

const FAULTS = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EMFILE', 'EDQUOT'];

describe('writeFileSafely', () => {
  test('when the file is new then it is there whole and private', () => {
    const path = join(newFolder(), 'a.json');
    writeFileSafely(path, 'größer');
    expect(readFileSync(path, 'utf8')).toBe('größer');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('when it is a device then nobody is told to move that away', async () => {
    const { details } = await errorOf(() => writeFileSafely('/dev/full', 'x'));
    expect(details.fix).toBe('Give the name of a file; standard output goes there by: > /dev/full');
  });

  test('when the file exists then it is replaced and nothing else is left', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'a.json'), 'old, and longer than the other');
    writeFileSafely(join(folder, 'a.json'), Buffer.from('other'));
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('other');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('when the file system has no hard links then a new file is made, and one that is there is kept', async () => {
    const folder = newFolder();
    const options = { replace: false, fs: withoutLinks('EPERM') };
    writeFileSafely(join(folder, 'a.json'), 'first', options);
    expect((await errorOf(() => writeFileSafely(join(folder, 'a.json'), 'other', options))).code).toBe(
      'storage-failed',
    );
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('when there are no hard links and two make the same new file then only one has its name', () => {
    const path = join(newFolder(), 'a.json');
    let other: unknown;
    const fs = withoutLinks('EPERM', (operation) => {
      if (operation !== 'rename') return;
      try {
        writeFileSync(path, 'theirs', { flag: 'wx' });
      } catch (error) {
        other = error;
      }
    });
    writeFileSafely(path, 'ours', { replace: false, fs });
    expect(other).toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('ours');
  });

  test('when it must not replace and the file exists then the file stays', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'a.json'), 'old');
    const error = await errorOf(() => writeFileSafely(join(folder, 'a.json'), 'other', { replace: false }));
    expect(error.code).toBe('storage-failed');
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test.each([
    ['a symbolic link', (path: string, victim: string) => symlinkSync(victim, path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('when the target is %s then it is refused and untouched', async (kind, make) => {
    const folder = newFolder();
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    make(join(folder, 'a.json'), victim);
    const error = await errorOf(() => writeFileSafely(join(folder, 'a.json'), 'evil'));
    expect(error.message).toContain(kind);
    expect(error.details.fix).toContain('mv ');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'victim']);
  });

  test('when writes are short then the file is whole all the same', () => {
    const path = join(newFolder(), 'a.json');
    const fs: FileSystem = {
      ...realFileSystem,
      write: (file, bytes) => realFileSystem.write(file, bytes.subarray(0, 7)),
    };
    writeFileSafely(path, 'x'.repeat(1000), { fs });
    expect(readFileSync(path, 'utf8')).toBe('x'.repeat(1000));
  });

  test.each([
    ['takes no bytes', (): number => 0],
    ['claims bytes that it did not write', (_file: number, bytes: Uint8Array): number => bytes.length],
  ])('when a write %s then the old file stays and the disk is called full', async (_name, write) => {
    const folder = newFolder();
    const path = join(folder, 'a.json');
    writeFileSync(path, 'old');
    const error = await errorOf(() => writeFileSafely(path, 'other', { fs: { ...realFileSystem, write } }));
    expect(error).toMatchObject({ code: 'storage-failed', details: { why: 'The disk is full.' } });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test.each(FAULTS)('when any operation fails with %s then the file is the old or the new one, whole', async (code) => {
    for (const forever of [false, true]) {
      for (let at = 1; ; at += 1) {
        const folder = newFolder();
        const path = join(folder, 'a.json');
        writeFileSync(path, 'old');
        const { fs, failed } = faultyFileSystem(at, code, forever);
        const error = await outcomeOf(() => writeFileSafely(path, 'other', { fs }));
        const content = readFileSync(path, 'utf8');
        if (!failed()) break;
        expect(['old', 'other']).toContain(content);
        if (error === undefined) expect(content).toBe('other');
        else
          expect(error).toMatchObject({
            code: 'storage-failed',
            details: { why: expect.any(String) },
            fix: expect.any(String),
          });
        if (!forever) expect(readdirSync(folder)).toEqual(['a.json']);
      }
    }
  });
});

describe('ensureFolder', () => {
  test('when parents are missing then all are made, private', () => {
    const root = newFolder();
    expect(ensureFolder(join(root, 'a', 'b'))).toBe(true);
    expect(ensureFolder(join(root, 'a', 'b'))).toBe(false);
    expect(statSync(join(root, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  test('when a link or file has the name then it is refused', async () => {
    const root = newFolder();
    symlinkSync('/tmp', join(root, 'link'));
    writeFileSync(join(root, 'file'), '');
    expect((await errorOf(() => ensureFolder(join(root, 'link')))).details.why).toContain('symbolic link');
    expect((await errorOf(() => ensureFolder(join(root, 'file')))).code).toBe('storage-failed');
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);
  });
});
