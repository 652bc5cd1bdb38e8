import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findInFilesTool } from '../../../src/tools/builtin/find-in-files.js';
import { listFilesTool } from '../../../src/tools/builtin/list-files.js';
import { toolContext } from '../tool-context.js';

let base = '';
let projectRoot = '';

/** What no tool may see. */
const CLOSED = [
  ...['.env', '.git/config', 'a/.hidden/x.txt', 'a/.x.txt', 'portia.json', 'plans/p.json', 'runs/r.jsonl', 'users/u'],
  ...['node_modules/p/index.js', '../outside/secret.txt'],
];

beforeAll(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-list-')));
  projectRoot = path.join(base, 'project');
  const files: Record<string, string | Buffer> = {
    'a.txt': 'one\r\nTwo needle\nneedle needle\n',
    'a/b.csv': 'x;needle',
    'a/c/d.csv': 'needle',
    'a/c/{d}.md': 'Grüße NEEDLE (1.5)\n',
    'bin.dat': Buffer.from([0, 110, 101, 101, 100, 108, 101]),
    'long.txt': `${'x'.repeat(50_000)} needle`,
    'many.log': 'line\n'.repeat(600),
    'large.log': Buffer.alloc(5_000_001, 'needle\n'),
    [`${'a'.repeat(200)}.txt`]: '',
  };
  for (const file of CLOSED) files[file] = 'needle';
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(projectRoot, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await symlink(path.join(base, 'outside'), path.join(projectRoot, 'link'));
  await symlink(path.join(base, 'outside/secret.txt'), path.join(projectRoot, 'link.txt'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

const list = (pattern?: string) =>
  listFilesTool.run(toolContext({ projectRoot }), pattern === undefined ? {} : { pattern });
const find = (text: string, more: { files?: string; regexp?: boolean; ignore_case?: boolean } = {}) =>
  findInFilesTool.run(toolContext({ projectRoot }), { text, ...more });

describe('files by their names', () => {
  test('when no pattern is given, then all files that a tool may read are listed', async () => {
    expect(await list()).toEqual({
      kind: 'output',
      value: [
        ...['a.txt', 'a/b.csv', 'a/c/d.csv', 'a/c/{d}.md', `${'a'.repeat(200)}.txt`],
        ...['bin.dat', 'large.log', 'long.txt', 'many.log'],
      ],
    });
  });

  test.each([
    ['*.txt', ['a.txt', `${'a'.repeat(200)}.txt`, 'long.txt']],
    ['./a/**', ['a/b.csv', 'a/c/d.csv', 'a/c/{d}.md']],
    ['**/*.{csv,md}', ['a/b.csv', 'a/c/d.csv', 'a/c/{d}.md']],
    ['a/?.csv', ['a/b.csv']],
    ['none', []],
    ['!(a).txt', []],
  ])('when the pattern is %s, then only what it names is listed', async (pattern, value) => {
    expect(await list(pattern)).toEqual({ kind: 'output', value });
  });

  test.each([
    ...['**/.*', '.env', '.git/**', '**/.hidden/*', 'portia.json', 'plans/*', 'runs/**', 'users/*', 'link/*'],
    ...['link.txt', 'node_modules/**', '!a.txt'],
  ])('when the pattern is %s, then nothing that is closed is listed', async (pattern) => {
    expect(await list(pattern)).toEqual({ kind: 'output', value: [] });
  });

  test.each(['../**', '/etc/*', 'a/../../outside/*', 'C:\\x', '..', String.raw`a\b`, '*'.repeat(70_000)])(
    'when the pattern is %s, then it is refused',
    async (pattern) => {
      expect(await list(pattern)).toMatchObject({ kind: 'failure', notDone: true, retryable: false });
    },
  );

  test('when a pattern would take for ever, then it is ended', async () => {
    expect(await list(`${'*a'.repeat(30)}b.txt`)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('takes too long'),
    });
  });
});

describe('files by their text', () => {
  test('when a text is found, then its lines are given', async () => {
    expect(await find('needle')).toEqual({
      kind: 'output',
      value: [
        { file: 'a.txt', line: 2, text: 'Two needle' },
        { file: 'a.txt', line: 3, text: 'needle needle' },
        { file: 'a/b.csv', line: 1, text: 'x;needle' },
        { file: 'a/c/d.csv', line: 1, text: 'needle' },
        { file: 'long.txt', line: 1, text: expect.stringMatching(/^x{200}/) },
      ],
      warnings: ['Not looked into, because larger than 5 MB: large.log.'],
    });
  });

  test.each([
    ['(1.5)', {}, ['a/c/{d}.md']],
    ['grÜSSE', { ignore_case: true }, []],
    ['grüße needle', { ignore_case: true }, ['a/c/{d}.md']],
    ['needle', { files: 'a/*.csv' }, ['a/b.csv']],
    ['^needle$', { regexp: true, files: '**/*.csv' }, ['a/c/d.csv']],
    [String.raw`needle \(\d\.\d\)`, { regexp: true, ignore_case: true, files: '**/*.md' }, ['a/c/{d}.md']],
    ['needle', { files: '.env' }, []],
    ['needle', { files: 'portia.json' }, []],
  ])('when %s is looked for with %j, then it is in %j', async (text, options, files) => {
    const result = await find(text, options);
    expect(result).toMatchObject({ kind: 'output', value: files.map((file) => ({ file })) });
  });

  test('when the text has a line end, then it is refused', async () => {
    expect(await find('needle\nneedle')).toMatchObject({ kind: 'failure', notDone: true });
  });

  test('when there are too many lines, then the first are given with a warning', async () => {
    const result = await find('line', { files: 'many.log' });
    expect(result).toMatchObject({ warnings: ['Only the first 500 lines are given.'] });
    expect(result).toHaveProperty('value.length', 500);
  });

  test.each([
    ['(', 'not a regular expression'],
    ['(?=a)b', 'lookaround'],
    [String.raw`(a)\1`, 'backreferences'],
    ['a{1000}', 'repeats too much'],
    ['a'.repeat(200), 'too long'],
  ])('when the regular expression is %s, then it is refused', async (text, words) => {
    expect(await find(text, { regexp: true })).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(words),
    });
  });

  test('when a regular expression would take V8 for ever, then it takes linear time', async () => {
    expect(await find('^(x+)+y$', { regexp: true, files: 'long.txt' })).toEqual({ kind: 'output', value: [] });
  });

  test('when the call is ended, then the search ends', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const args = { text: 'needle' };
    await expect(findInFilesTool.run(toolContext({ projectRoot, signal }), args)).rejects.toThrow('enough');
  });
});
