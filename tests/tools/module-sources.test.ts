import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { digestOfSources, moduleSources } from '../../src/tools/module-sources.js';
import { makeProject } from '../support/portia.js';

const sourcesOf = async (files: Record<string, string>, entry = 'tools/main.mjs') => {
  const projectRoot = makeProject({ [entry]: '', ...files });
  return moduleSources(join(projectRoot, entry), { projectRoot, given: ['portia', 'zod'] });
};
const pathsOf = async (files: Record<string, string>, entry?: string) =>
  (await sourcesOf(files, entry)).map(({ path }) => path);

test.each([
  ["import { a } from './a.mjs';", 'a.mjs'],
  ["import './a.mjs';", 'a.mjs'],
  ["export * from './a.mjs';", 'a.mjs'],
  ["const a = await import('./a.mjs');", 'a.mjs'],
  ['const a = await import(`./a.mjs`);', 'a.mjs'],
  ["const a = require('./a.cjs');", 'a.cjs'],
  ["const a = require('./a');", 'a.cjs'],
  ["import a = require('./a.cjs');", 'a.cjs'],
  ["import { a } from './a.js';", 'a.ts'],
  ["import { a } from './a';", 'a.ts'],
  ["import { a } from './a';", 'a/index.ts'],
  ["import data from './a.json' with { type: 'json' };", 'a.json'],
  ["import { a } from /* the ' other */ './a.mjs';", 'a.mjs'],
  ["import { a } from // one\n  './a.mjs';", 'a.mjs'],
  ["import { a } from './a.mjs?v=1';", 'a.mjs'],
  [String.raw`import { a } from './\x61.mjs';`, 'a.mjs'],
  [`import { a } from "./it's.mjs";`, "it's.mjs"],
  ["// It's '. odd.\nimport { a } from './a.mjs';", 'a.mjs'],
  ["const name = './a.mjs';\nconst a = await import(name);", 'a.mjs'],
  ["new Worker(new URL('./a.mjs', import.meta.url));", 'a.mjs'],
])('when a module says %j then %s belongs to it', async (text, file) => {
  expect(
    await pathsOf({ 'tools/main.mjs': text, [`tools/${file}`]: 'export const a = 1;', 'tools/b.mjs': '' }),
  ).toEqual([`tools/${file}`, 'tools/main.mjs'].sort());
});

test('when modules import one another then each belongs to all that reach it, once', async () => {
  const files = {
    'tools/main.mjs': "import './one.mjs'; import { x } from 'zod';",
    'tools/one.mjs': "import '../lib/two.ts';",
    'lib/two.ts': "import './../tools/main.mjs'; import '#three'; import 'outside';",
    'lib/three.js': '',
    'node_modules/outside/index.js': '',
    'node_modules/outside/package.json': '{"name":"outside","main":"index.js"}',
    'package.json': '{"imports":{"#three":"./lib/three.js"}}',
  };
  expect(await pathsOf(files)).toEqual(['lib/three.js', 'lib/two.ts', 'tools/main.mjs', 'tools/one.mjs']);
});

test('when a module is reached through a link then its imports are found where it really is', async () => {
  const projectRoot = makeProject({ 'real/main.mjs': "import './a.mjs';", 'real/a.mjs': '' });
  const link = join(projectRoot, 'tools/main.mjs');
  mkdirSync(dirname(link));
  symlinkSync(join(projectRoot, 'real/main.mjs'), link);
  const sources = await moduleSources(link, { projectRoot, given: [] });
  expect(sources.map(({ path }) => path)).toEqual(['real/a.mjs', 'tools/main.mjs']);
});

test('when any of its files changes then the digest is another one, and else the same', async () => {
  const projectRoot = makeProject({ 'main.mjs': "import './a.mjs';", 'a.mjs': '1', 'other.mjs': '' });
  const digest = async () =>
    digestOfSources(await moduleSources(join(projectRoot, 'main.mjs'), { projectRoot, given: [] }));
  const before = await digest();
  writeFileSync(join(projectRoot, 'other.mjs'), 'changed');
  expect(await digest()).toBe(before);
  writeFileSync(join(projectRoot, 'a.mjs'), '2');
  expect(await digest()).not.toBe(before);
});

test('when a file of 2 MB is made to be slow to search then it is searched all the same', async () => {
  const hostile = ['import /**/'.repeat(60_000), 'import ('.repeat(60_000), '"\'.`./'.repeat(60_000)].join('\n');
  expect(await pathsOf({ 'tools/main.mjs': `${hostile}\nimport './a.mjs';`, 'tools/a.mjs': '' })).toContain(
    'tools/a.mjs',
  );
});
