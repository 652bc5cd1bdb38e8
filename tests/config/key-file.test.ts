import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createKeyFileReader } from '../../src/config/key-file.js';
import { temporaryFolder } from './temporary-folder.js';

describe('createKeyFileReader', () => {
  test('when the file is inside the project then the key is the project’s, elsewhere the person’s', () => {
    const root = temporaryFolder({ '..key': 'sk-inside\n' });
    const elsewhere = temporaryFolder({ key: ' sk-outside ' });
    const read = createKeyFileReader(root);
    expect(read(join(root, '..key'))).toEqual({ kind: 'key', value: 'sk-inside', owner: 'project' });
    expect(read(join(elsewhere, 'key'))).toEqual({ kind: 'key', value: 'sk-outside', owner: 'person' });
  });

  test('when a link inside the project leads out of it then the key is the person’s', () => {
    const elsewhere = temporaryFolder({ id_rsa: 'sk-outside' });
    const root = temporaryFolder();
    symlinkSync(join(elsewhere, 'id_rsa'), join(root, 'key'));
    expect(createKeyFileReader(root)(join(root, 'key'))).toMatchObject({ owner: 'person' });
  });

  test.each([
    ['two lines', 'sk-canary\nline two'],
    ['nothing', ''],
    ['an umlaut', 'sk-cänary'],
    ['too much', 'x'.repeat(5000)],
  ])('when the file holds %s then it is unusable and not quoted', (_, text) => {
    const root = temporaryFolder({ key: text });
    const file = createKeyFileReader(root)(join(root, 'key'));
    expect(file.kind).toBe('unusable');
    expect(JSON.stringify(file)).not.toMatch(/c[aä]nary/);
  });

  test('when it is missing or a folder then that is said', () => {
    const root = temporaryFolder({ 'folder/file': '' });
    const read = createKeyFileReader(root);
    expect(read(join(root, 'gone'))).toEqual({ kind: 'unusable', why: 'does not exist' });
    expect(read(join(root, 'folder'))).toMatchObject({ kind: 'unusable', why: 'is a folder, not a file' });
  });
});
