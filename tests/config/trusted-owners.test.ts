import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { userSettingsPath } from '../../src/config/settings-file.js';
import { keepTrustedOwners, trustedOwners } from '../../src/config/trusted-owners.js';
import { temporaryFolder } from './temporary-folder.js';

describe('keepTrustedOwners', () => {
  test('when owners are kept then each project has its own, in a file of its owner only', async () => {
    const home = temporaryFolder();
    const shell = { HOME: home };
    await keepTrustedOwners('/srv/a.b', [1_000], shell);
    await keepTrustedOwners('/srv/c', [1_000], shell);
    await keepTrustedOwners('/srv/c', [1_000, 2_000], shell);
    expect(await trustedOwners(shell)).toEqual({ '/srv/a.b': [1_000], '/srv/c': [1_000, 2_000] });
    expect(statSync(userSettingsPath(shell)).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.config', 'portia')).mode & 0o777).toBe(0o700);
    await keepTrustedOwners('/srv/c', [], shell);
    expect(await trustedOwners(shell)).toEqual({ '/srv/a.b': [1_000] });
  });

  test('when there are other settings then they stay', async () => {
    const settings = { model: 'a', approvals: { 'mcp.stripe:*': 'ask' }, tools: { describe: { 'a.b': 'c' } } };
    const folder = temporaryFolder({ 'config.json': JSON.stringify(settings) });
    await keepTrustedOwners('/srv', [5], { PORTIA_CONFIG_DIR: folder });
    const written: unknown = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    expect(written).toEqual({ ...settings, trusted_owners: { '/srv': [5] } });
  });

  test.each(['{"model": 5}', 'null', ''])('when the file is %j then it is refused and stays as it is', async (text) => {
    const folder = temporaryFolder({ 'config.json': text });
    const keeping = keepTrustedOwners('/srv', [5], { PORTIA_CONFIG_DIR: folder });
    await expect(keeping).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(text);
  });

  test('when the folder cannot be made then it says so', async () => {
    const folder = temporaryFolder({ file: '' });
    const keeping = keepTrustedOwners('/srv', [5], { PORTIA_CONFIG_DIR: join(folder, 'file') });
    await expect(keeping).rejects.toMatchObject({
      code: 'storage-failed',
      details: { fix: expect.stringMatching(/./) },
    });
    mkdirSync(join(folder, 'config.json'));
    const atFolder = keepTrustedOwners('/srv', [5], { PORTIA_CONFIG_DIR: folder });
    await expect(atFolder).rejects.toMatchObject({ code: 'invalid-settings' });
  });
});
