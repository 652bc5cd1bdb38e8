import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { findProjectRoot, readProject } from '../../src/config/project.js';
import { temporaryFolder } from './temporary-folder.js';

const read = (root: string, enabled: string[] = []) =>
  readProject(root, { cwd: root, refuseOthers: async () => undefined, enabled });

describe('findProjectRoot', () => {
  test('when a folder above has portia.json then that is the root', () => {
    const root = temporaryFolder({ 'portia.json': '{}', 'a/b/file': '' });
    expect(findProjectRoot(join(root, 'a', 'b'))).toBe(root);
  });

  test('when two folders above have one then the nearest counts', () => {
    const root = temporaryFolder({ 'portia.json': '{}', 'a/portia.json': '{}', 'a/b/file': '' });
    expect(findProjectRoot(join(root, 'a', 'b'))).toBe(join(root, 'a'));
  });

  test('when there is none then the folder itself is the root', () => {
    const folder = temporaryFolder();
    expect(findProjectRoot(folder)).toBe(folder);
  });
});

describe('readProject', () => {
  test('when there are no files then there are no settings and no variables', async () => {
    const root = temporaryFolder();
    expect(await read(root)).toEqual({
      root,
      file: undefined,
      settings: undefined,
      dotenv: new Map(),
      servers: new Map(),
      warnings: [],
    });
  });

  test('when portia.json is sound then its settings are given', async () => {
    const root = temporaryFolder({ 'portia.json': '\uFEFF{"model": "openai/gpt-4.1", "approvals": {"mcp:*": "ask"}}' });
    const project = await read(root);
    expect(project.settings).toEqual({ model: 'openai/gpt-4.1', approvals: { 'mcp:*': 'ask' } });
    expect(project.file).toBe(join(root, 'portia.json'));
  });

  test.each<[string, string | Uint8Array, string]>([
    ['is cut off', '{"model": "a"', 'line 1, column 14'],
    ['is empty', '', 'ends too early'],
    ['is deep', `{"tools":${'['.repeat(5000)}`, 'nested deeper than 256'],
    ['is huge', `{"model": "${'a'.repeat(300_000)}"}`, 'JSON file at this place'],
    ['is binary', new Uint8Array([0xc3, 0x28, 0xff]), 'JSON file at this place'],
    ['is UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0]), 'JSON file at this place'],
    ['names a prototype', '{"__proto__": {"model": "evil"}}', '"__proto__" is not allowed'],
    ['names a deep prototype', '{"tools": {"settings": {"__proto__": {}}}}', '"__proto__" is not allowed'],
    ['names a setting twice', '{"model": "a", "model": "b"}', 'given twice'],
    ['is a list', '[]', 'one JSON object'],
    ['is null', 'null', 'one JSON object'],
  ])('when portia.json %s then it is refused', async (_, content, why) => {
    const root = temporaryFolder({ 'portia.json': content });
    await expect(read(root)).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringContaining(join(root, 'portia.json')),
      details: { why: expect.stringContaining(why), fix: expect.stringMatching(/./) },
    });
    expect(Object.hasOwn(Object.prototype, 'model')).toBe(false);
  });

  test('when portia.json is a folder then it says so', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'portia.json'));
    expect(findProjectRoot(root)).toBe(root);
    await expect(read(root)).rejects.toThrow('is a folder, not a file');
  });

  test('when portia.json is a pipe then it does not wait', async () => {
    const root = temporaryFolder();
    execFileSync('mkfifo', [join(root, 'portia.json')]);
    await expect(read(root)).rejects.toThrow('is not a regular file');
  });

  test('when portia.json is a link to nowhere then it says so', async () => {
    const root = temporaryFolder();
    symlinkSync('nowhere.json', join(root, 'portia.json'));
    expect(findProjectRoot(root)).toBe(root);
    await expect(read(root)).rejects.toThrow('link to a file that does not exist');
  });
});

describe('.env', () => {
  test('when it has variables then they are read and never reach this process', async () => {
    const root = temporaryFolder({
      '.env': '\uFEFFPORTIA_TEST_A=1\nexport PORTIA_TEST_B="two words" # note\n__proto__=x\n',
    });
    const { dotenv, warnings } = await read(root);
    expect([...dotenv]).toEqual(
      expect.arrayContaining([
        ['PORTIA_TEST_A', '1'],
        ['PORTIA_TEST_B', 'two words'],
      ]),
    );
    expect(process.env.PORTIA_TEST_A).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('when a line is not an assignment then a warning says so without its text', async () => {
    const root = temporaryFolder({ '.env': 'A=1\n\nsk-secret canary\nB=2\n' });
    const { warnings } = await read(root);
    expect(warnings.join()).toContain('not NAME=value');
    expect(warnings.join()).not.toContain('canary');
  });

  test('when it is a folder then a warning says so', async () => {
    const root = temporaryFolder({ '.env/bin/python': '' });
    const { dotenv, warnings } = await read(root);
    expect(dotenv.size).toBe(0);
    expect(warnings.join()).toContain('is a folder');
  });

  test('when it is huge then it is refused', async () => {
    const root = temporaryFolder({ '.env': `A=${'x'.repeat(300_000)}` });
    await expect(read(root)).rejects.toMatchObject({ code: 'invalid-settings' });
  });
});
