import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { codeReason } from '../../src/tools/code-files.js';

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-code-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

const reasonOf = (name: string, patterns: string[]) =>
  codeReason(path.join(projectRoot, name), {
    projectRoot,
    toolModules: patterns.map((pattern) => path.join(projectRoot, pattern)),
  });

test.each([
  ['tools/evil.mjs', ['tools/*.mjs']],
  ['TOOLS/Evil.MJS', ['tools/*.mjs']],
  ['tools/deep/evil.ts', ['tools/**/*.ts']],
  ['tools/.evil.mjs', ['tools/*.mjs']],
  ['src/mine.mjs', ['src/mine.mjs']],
  ['lib/b.ts', ['other/*.ts', '{lib,src}/*.ts']],
])('when %s matches %j then it is code', async (name, patterns) => {
  expect(await reasonOf(name, patterns)).toContain('tool module');
});

test.each([
  ['sub/portia.json', 'settings'],
  ['sub/deep/Portia.JSON', 'settings'],
  ['sub/.mcp.json', 'programs'],
  ['node_modules/zod/index.js', 'node_modules'],
  ['sub/Node_Modules/a.txt', 'node_modules'],
])('when the file is %s then its reason names %s', async (name, reason) => {
  expect(await reasonOf(name, [])).toContain(reason);
});

test.each(['tools/readme.md', 'tools.mjs', 'my-portia.json', 'node_modules.txt', 'reports/a.mjs'])(
  'when the file is %s then it is not one of these',
  async (name) => {
    expect(await reasonOf(name, ['tools/*.mjs'])).toBeUndefined();
  },
);

test('when the project has tool modules then package.json is code in every folder, and else nowhere', async () => {
  for (const name of ['package.json', 'tools/package.json', 'sub/Package.JSON']) {
    expect(await reasonOf(name, ['tools/*.mjs'])).toContain('what code');
    expect(await reasonOf(name, [])).toBeUndefined();
  }
});

test('when a file is a part of code then it is code, however it is reached', async () => {
  await mkdir(path.join(projectRoot, 'real'));
  await symlink('real', path.join(projectRoot, 'lib'));
  const codeFiles = () => Promise.resolve([path.join(projectRoot, 'lib/a.mjs')]);
  for (const name of ['lib/a.mjs', 'real/a.mjs', 'LIB/A.mjs']) {
    expect(await codeReason(path.join(projectRoot, name), { projectRoot, codeFiles })).toContain('a part of code');
  }
  expect(await codeReason(path.join(projectRoot, 'lib/b.mjs'), { projectRoot, codeFiles })).toBeUndefined();
});

test('when the folder of the modules is a link then a file where it leads is code, too', async () => {
  await mkdir(path.join(projectRoot, 'real'));
  await symlink('real', path.join(projectRoot, 'tools'));
  expect(await reasonOf('real/evil.mjs', ['tools/*.mjs'])).toContain('tool module');
});

test('when the project itself lies below node_modules then its files are told apart as elsewhere', async () => {
  const root = path.join(projectRoot, 'node_modules/app');
  expect(await codeReason(path.join(root, 'a.txt'), { projectRoot: root })).toBeUndefined();
});
