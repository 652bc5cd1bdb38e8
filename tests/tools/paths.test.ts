import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { locateFile } from '../../src/tools/paths.js';

/** Part of every POSIX system; Node itself cannot make one. */
const MAKE_PIPE = 'mkfifo';

let base = '';
let root = '';
let open = '';

beforeAll(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-paths-')));
  root = path.join(base, 'project');
  open = path.join(base, 'open');
  for (const folder of [
    'project/data',
    'project/plans',
    'project/.git',
    'project/folder.txt',
    'open/.secret',
    'outside',
  ]) {
    await mkdir(path.join(base, folder), { recursive: true });
  }
  for (const file of ['project/a.txt', 'project/portia.json', 'project/.env', 'open/b.txt', 'outside/c.txt']) {
    await writeFile(path.join(base, file), file);
  }
  await symlink(path.join(base, 'outside'), path.join(root, 'out'));
  await symlink(path.join(base, 'outside/c.txt'), path.join(root, 'c-link.txt'));
  await symlink('a.txt', path.join(root, 'a-link.txt'));
  await symlink('.env', path.join(root, 'env.txt'));
  await symlink('data', path.join(root, 'data-link'));
  await symlink(path.join(base, 'outside/new.txt'), path.join(root, 'dangling.txt'));
  await symlink('loop.txt', path.join(root, 'loop.txt'));
  await link(path.join(base, 'outside/c.txt'), path.join(root, 'hard.txt'));
  execFileSync(MAKE_PIPE, [path.join(root, 'pipe.txt')]);
});
afterAll(() => rm(base, { recursive: true, force: true }));

const locate = (name: string, purpose: 'read' | 'write' = 'read') =>
  locateFile(name, purpose, { projectRoot: root, allowedPaths: [open] });

describe('a file name', () => {
  test.each([
    ['a.txt', 'a.txt'],
    ['./data/../a.txt', 'a.txt'],
    ['data/new/deep.txt', 'data/new/deep.txt'],
    ['a-link.txt', 'a.txt'],
    ['data-link/x.txt', 'data/x.txt'],
    ['my plans/x.txt', 'my plans/x.txt'],
    ['data/plans/x.txt', 'data/plans/x.txt'],
    ['..txt/../a.txt', 'a.txt'],
    ['hard.txt', 'hard.txt'],
  ])('when %s is read, then it is found inside the project as %s', async (name, shown) => {
    expect(await locate(name)).toMatchObject({ ok: true, shown, path: path.join(root, shown) });
  });

  test('when it is absolute or leads to an allowed path, then it is found', async () => {
    expect(await locate(path.join(root, 'a.txt'))).toMatchObject({ ok: true, shown: 'a.txt' });
    expect(await locate('../open/b.txt')).toMatchObject({ ok: true, shown: path.join(open, 'b.txt') });
  });

  test.each([
    ['', 'empty'],
    ['a\0.txt', 'NUL'],
    ['a\ud800.txt', 'half of a character'],
    ['x'.repeat(100_000), 'longer than 4096 characters'],
    ['../outside/c.txt', '--allow-path'],
    ['/etc/passwd', '--allow-path /etc'],
    ['../project-2/a.txt', '--allow-path'],
    ['out/c.txt', '--allow-path'],
    ['out/new.txt', '--allow-path'],
    ['c-link.txt', '--allow-path'],
    ['dangling.txt', 'leads nowhere'],
    ['loop.txt', 'circles'],
    ['.env', 'dot'],
    ['env.txt', 'dot'],
    ['.git/config', 'dot'],
    ['data/.hidden/x.txt', 'dot'],
    ['../open/.secret/x.txt', 'dot'],
    ['portia.json', 'belongs to portia'],
    ['Portia.JSON', 'belongs to portia'],
    ['plans/plan.json', 'belongs to portia'],
    ['RUNS/x.json', 'belongs to portia'],
    ['users/x.json', 'belongs to portia'],
    ['data/../plans/x.json', 'belongs to portia'],
    ['folder.txt', 'folder'],
    ['pipe.txt', 'pipe'],
    ['/dev/null', '--allow-path'],
    ['x'.repeat(5_000), '4096'],
    ['x'.repeat(300), 'too long'],
  ])('when %j is read or written, then it is refused with the reason', async (name, reason) => {
    for (const purpose of ['read', 'write'] as const) {
      expect(await locate(name, purpose)).toEqual({ ok: false, message: expect.stringContaining(reason) });
    }
  });

  test.each([
    ['a-link.txt', 'symbolic link'],
    ['hard.txt', 'hard links'],
  ])('when %s is written, then it is refused although it may be read', async (name, reason) => {
    expect(await locate(name, 'write')).toEqual({ ok: false, message: expect.stringContaining(reason) });
  });

  test('when portia keeps its files elsewhere, then they are closed there, and the old places, too', async () => {
    const jail = { projectRoot: root, allowedPaths: [open], storageRoot: path.join(open, 'state') };
    for (const name of ['../open/state/runs/x.json', '../open/state/plans/x.txt', 'runs/x.json', 'portia.json']) {
      expect(await locateFile(name, 'write', jail)).toMatchObject({
        ok: false,
        message: expect.stringContaining('belongs to portia itself'),
      });
    }
    expect(await locateFile('../open/state/notes.txt', 'write', jail)).toMatchObject({ ok: true });
  });

  test('when a hidden folder of the home folder is opened, then it stays closed, also behind a link', async () => {
    const hidden = path.join(base, '.keys');
    await mkdir(hidden, { recursive: true });
    await writeFile(path.join(hidden, 'id'), 'key');
    await symlink(hidden, path.join(base, 'keys-link'));
    const jail = { projectRoot: root, allowedPaths: [hidden, path.join(base, 'keys-link'), open], homeFolder: base };
    for (const name of ['../.keys/id', '../.keys/new', '../keys-link/id']) {
      expect(await locateFile(name, 'read', jail)).toMatchObject({
        ok: false,
        message: expect.stringContaining('no allowed path opens hidden folders of the home folder'),
      });
    }
    expect(await locateFile('../open/b.txt', 'read', jail)).toMatchObject({ ok: true });
    // A project in such a folder is opened by being the project.
    const own = { projectRoot: hidden, allowedPaths: [], homeFolder: base };
    expect(await locateFile('id', 'read', own)).toMatchObject({ ok: true });
  });

  test('when the user opened a folder around the project, then portia’s own files stay closed', async () => {
    const jail = { projectRoot: root, allowedPaths: [base, path.join(root, 'plans')] };
    expect(await locateFile('plans/x.json', 'read', jail)).toMatchObject({ ok: false });
    expect(await locateFile('../outside/c.txt', 'read', jail)).toMatchObject({ ok: true });
  });
});
