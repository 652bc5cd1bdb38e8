import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  homeFolder,
  readUserSettings,
  trustedOrigins,
  trustOrigin,
  userSettingsPath,
} from '../../src/config/settings-file.js';
import { temporaryFolder } from './temporary-folder.js';

const EVERYTHING_WRONG = [
  '{"model": "a", "trusted',
  'null',
  '[]',
  '',
  '{"modle": "a"}',
  '{"model": 5}',
  '\u0000\u0001',
];

describe('userSettingsPath', () => {
  it.each([
    [{ HOME: '/home/ann' }, '/home/ann/.config/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: '/xdg' }, '/xdg/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: 'relative' }, '/home/ann/.config/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: '/xdg', PORTIA_CONFIG_DIR: '/own' }, '/own/config.json'],
    [{ HOME: '/home/ann', PORTIA_CONFIG_DIR: '' }, '/home/ann/.config/portia/config.json'],
  ])('when the variables are %j then it is %s', (shell, path) => {
    expect(userSettingsPath(shell)).toBe(path);
  });

  it('when HOME is not set then the system knows the folder', () => {
    expect(homeFolder({})).toMatch(/^\//);
  });
});

describe('readUserSettings', () => {
  it('when there is no file then there are no settings and nothing is made', async () => {
    const home = temporaryFolder();
    expect(await readUserSettings({ HOME: home })).toBeUndefined();
    expect(await trustedOrigins({ HOME: home })).toEqual([]);
    expect(() => statSync(join(home, '.config'))).toThrow('ENOENT');
  });

  it('when the file is sound then its settings are given', async () => {
    const folder = temporaryFolder({
      'config.json': '{"model": "ollama/qwen3", "trusted_origins": ["https://a.example/v1"]}',
    });
    const shell = { PORTIA_CONFIG_DIR: folder };
    expect((await readUserSettings(shell))?.settings.model).toBe('ollama/qwen3');
    expect(await trustedOrigins(shell)).toEqual(['https://a.example']);
  });

  it.each(EVERYTHING_WRONG)('when the file is %j then it is refused and stays as it is', async (text) => {
    const folder = temporaryFolder({ 'config.json': text });
    const shell = { PORTIA_CONFIG_DIR: folder };
    await expect(readUserSettings(shell)).rejects.toMatchObject({ code: 'invalid-settings' });
    await expect(trustOrigin('https://a.example', shell)).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(text);
  });
});

describe('trustOrigin', () => {
  it('when an origin is trusted then it is remembered once, in a file of its owner only', async () => {
    const home = temporaryFolder();
    const shell = { HOME: home };
    await trustOrigin('https://Models.Example.com:443/v1', shell);
    await trustOrigin('https://models.example.com/v2', shell);
    await trustOrigin('http://localhost:8080/v1', shell);
    expect(await trustedOrigins(shell)).toEqual(['https://models.example.com', 'http://localhost:8080']);
    expect(statSync(userSettingsPath(shell)).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.config', 'portia')).mode & 0o777).toBe(0o700);
  });

  it('when there are other settings then they stay', async () => {
    const settings = { model: 'a', approvals: { 'mcp.stripe:*': 'ask' }, tools: { describe: { 'a.b': 'c' } } };
    const folder = temporaryFolder({ 'config.json': JSON.stringify(settings) });
    await trustOrigin('https://a.example', { PORTIA_CONFIG_DIR: folder });
    const written: unknown = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    expect(written).toEqual({ ...settings, trusted_origins: ['https://a.example'] });
  });

  it('when the folder cannot be made then it says so', async () => {
    const folder = temporaryFolder({ file: '' });
    const trusting = trustOrigin('https://a.example', { PORTIA_CONFIG_DIR: join(folder, 'file') });
    await expect(trusting).rejects.toMatchObject({
      code: 'storage-failed',
      details: { fix: expect.stringMatching(/./) },
    });
    writeFileSync(join(folder, 'other'), '');
    mkdirSync(join(folder, 'config.json'));
    const atFolder = trustOrigin('https://a.example', { PORTIA_CONFIG_DIR: folder });
    await expect(atFolder).rejects.toMatchObject({ code: 'invalid-settings' });
  });

  it.each(['localhost', 'ftp://host', 'https://user:pw@host'])('when it is %s then it is refused', async (url) => {
    await expect(trustOrigin(url, { PORTIA_CONFIG_DIR: temporaryFolder() })).rejects.toMatchObject({ code: 'usage' });
  });
});
