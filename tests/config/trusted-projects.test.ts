import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  listTrustRecords,
  readTrustRecord,
  removeTrustRecord,
  writeTrustRecord,
  type TrustRecord,
} from '../../src/config/trusted-projects.js';
import { temporaryFolder } from './temporary-folder.js';

const record = (root: string): TrustRecord => ({
  root,
  mode: 'content',
  items: ['portia.json model: exec:./m.sh'],
  files: { 'm.sh': 'abc', 'a.b.c': 'dotted' },
  trusted_at: '2026-11-30T10:00:00.000Z',
});

describe('trusted projects', () => {
  test('when a project is trusted then a file of its owner only says so, beside the settings', async () => {
    const home = temporaryFolder();
    const shell = { HOME: home };
    await writeTrustRecord(record('/home/ada/b'), shell);
    await writeTrustRecord(record('/home/ada/a'), shell);
    await writeTrustRecord({ ...record('/home/ada/a'), mode: 'folder', items: [] }, shell);
    expect(readTrustRecord('/home/ada/b', shell)).toEqual(record('/home/ada/b'));
    expect(listTrustRecords(shell).map(({ root, mode }) => `${root} ${mode}`)).toEqual([
      '/home/ada/a folder',
      '/home/ada/b content',
    ]);
    const folder = join(home, '.config/portia/trusted');
    expect(readdirSync(join(home, '.config/portia'))).toEqual(['trusted']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('when nothing was said then nothing is found, made or removed', () => {
    const home = temporaryFolder();
    expect(readTrustRecord('/work', { HOME: home })).toBeUndefined();
    expect(listTrustRecords({ HOME: home })).toEqual([]);
    expect(removeTrustRecord('/work', { HOME: home })).toBe(false);
    expect(readdirSync(home)).toEqual([]);
  });

  test('when a record is removed then it is gone', async () => {
    const shell = { PORTIA_CONFIG_DIR: temporaryFolder() };
    await writeTrustRecord(record('/work'), shell);
    expect(removeTrustRecord('/work', shell)).toBe(true);
    expect(readTrustRecord('/work', shell)).toBeUndefined();
  });

  test('when a record is copied to the place of another root then it does not count', async () => {
    const folder = temporaryFolder();
    await writeTrustRecord(record('/work'), { PORTIA_CONFIG_DIR: folder });
    const [name = ''] = readdirSync(join(folder, 'trusted'));
    const text = readFileSync(join(folder, 'trusted', name), 'utf8');
    writeFileSync(join(folder, 'trusted', name), text.replace('"/work"', '"/other"'));
    expect(readTrustRecord('/work', { PORTIA_CONFIG_DIR: folder })).toBeUndefined();
  });

  test.each(['{', '[]', '{"root": "/work"}', '{"root":"/work","mode":"all","items":[],"files":{},"trusted_at":""}'])(
    'when its file holds %s then it is refused with its name',
    async (text) => {
      const folder = temporaryFolder();
      await writeTrustRecord(record('/work'), { PORTIA_CONFIG_DIR: folder });
      const [name = ''] = readdirSync(join(folder, 'trusted'));
      writeFileSync(join(folder, 'trusted', name), text);
      expect(() => readTrustRecord('/work', { PORTIA_CONFIG_DIR: folder })).toThrow(name);
    },
  );

  test('when the folder cannot be made then it says so', async () => {
    const folder = temporaryFolder({ trusted: '' });
    await expect(writeTrustRecord(record('/work'), { PORTIA_CONFIG_DIR: folder })).rejects.toMatchObject({
      code: 'storage-failed',
      details: { fix: expect.stringContaining('PORTIA_CONFIG_DIR') },
    });
  });
});
