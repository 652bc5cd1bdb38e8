import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { homeFolder, readUserSettings, userSettingsPath } from '../../src/config/settings-file.js';
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
  test.each([
    [{ HOME: '/home/ann' }, '/home/ann/.config/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: '/xdg' }, '/xdg/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: 'relative' }, '/home/ann/.config/portia/config.json'],
    [{ HOME: '/home/ann', XDG_CONFIG_HOME: '/xdg', PORTIA_CONFIG_DIR: '/own' }, '/own/config.json'],
    [{ HOME: '/home/ann', PORTIA_CONFIG_DIR: '' }, '/home/ann/.config/portia/config.json'],
  ])('when the variables are %j then it is %s', (shell, path) => {
    expect(userSettingsPath(shell)).toBe(path);
  });

  test('when HOME is not set then the system knows the folder', () => {
    expect(homeFolder({})).toMatch(/^\//);
  });
});

describe('readUserSettings', () => {
  test('when there is no file then there are no settings and nothing is made', async () => {
    const home = temporaryFolder();
    expect(await readUserSettings({ HOME: home })).toBeUndefined();
    expect(() => statSync(join(home, '.config'))).toThrow('ENOENT');
  });

  test('when the file is sound then its settings are given', async () => {
    const folder = temporaryFolder({
      'config.json': '{"model": "ollama/qwen3", "trusted_origins": ["https://a.example/v1"]}',
    });
    const shell = { PORTIA_CONFIG_DIR: folder };
    expect((await readUserSettings(shell))?.settings).toEqual({
      model: 'ollama/qwen3',
      trusted_origins: ['https://a.example/v1'],
    });
  });

  test.each(EVERYTHING_WRONG)('when the file is %j then it is refused and stays as it is', async (text) => {
    const folder = temporaryFolder({ 'config.json': text });
    const shell = { PORTIA_CONFIG_DIR: folder };
    await expect(readUserSettings(shell)).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(text);
  });
});
