import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { digestText } from '../../../src/domain/values/digest.js';
import { fileWriterTool } from '../../../src/tools/builtin/file-writer.js';
import { toolContext } from '../tool-context.js';

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-writer-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

const at = (name: string) => path.join(projectRoot, name);
const text = (name: string) => readFile(at(name), 'utf8');

function inspect(filename: string, content: string, created: string[] = []) {
  const { environment } = toolContext({ projectRoot });
  return fileWriterTool.inspect?.({ filename, content }, { environment, created: new Set(created) });
}

/** As the executor does it: look, record, then act on what was seen. */
async function write(filename: string, content: string, { facts }: { facts?: object } = {}) {
  const seen = facts ?? (await inspect(filename, content))?.facts ?? {};
  return fileWriterTool.run(toolContext({ projectRoot, facts: { ...seen } }), { filename, content });
}

describe('looking before the call', () => {
  test('when the file is new, then nobody is asked', async () => {
    expect(await inspect('new.txt', 'x')).toEqual({ consent: 'allow', facts: { existing_digest: null } });
  });

  test('when the file exists, then a person is asked, told what would be lost', async () => {
    await writeFile(at('a.txt'), 'old');
    expect(await inspect('a.txt', 'new')).toEqual({
      consent: 'ask',
      facts: { existing_digest: digestText('old') },
      note: expect.stringMatching(/^It overwrites a\.txt \(3 bytes\).*\.$/),
    });
  });

  test('when this run made the file, or nothing would change, then nobody is asked', async () => {
    await writeFile(at('a.txt'), 'old');
    const facts = { existing_digest: digestText('old') };
    expect(await inspect('a.txt', 'new', [at('a.txt')])).toEqual({ consent: 'allow', facts });
    expect(await inspect('a.txt', 'old')).toEqual({ consent: 'allow', facts });
  });

  test.each([
    ['tools/evil.mjs', /^It makes tools\/evil\.mjs, which portia runs as a tool module\.$/],
    ['link/evil.mjs', /^It makes tools\/evil\.mjs/],
    ['sub/portia.json', /settings/],
    ['node_modules/zod/index.js', /node_modules/],
  ])('when the file is %s, then only a yes to this call lets it be made', async (filename, note) => {
    await mkdir(at('tools'));
    await symlink('tools', at('link'));
    const { environment } = toolContext({ projectRoot });
    const look = { environment: { ...environment, toolModules: [at('tools/*.mjs')] }, created: new Set<string>() };
    const expected = { consent: 'ask', mustAsk: true, note: expect.stringMatching(note) };
    expect(await fileWriterTool.inspect?.({ filename, content: 'EVIL' }, look)).toMatchObject(expected);
    const made = { ...look, created: new Set([await realpath(at('tools')), at('tools/evil.mjs'), at(filename)]) };
    expect(await fileWriterTool.inspect?.({ filename, content: 'EVIL' }, made)).toMatchObject(expected);
  });

  test('when a model chose the name of a new file, then the step must give it', async () => {
    const { environment } = toolContext({ projectRoot });
    const isNamed = async (file: string) => file === 'out/a.txt';
    const look = { environment, created: new Set([at('mine.txt')]), isNamed };
    const consentOf = async (filename: string) =>
      (await fileWriterTool.inspect?.({ filename, content: 'x' }, look))?.consent;
    expect(await consentOf('./out/a.txt')).toBe('allow');
    expect(await consentOf('out/b.txt')).toBe('ask');
    await writeFile(at('mine.txt'), 'old');
    expect(await consentOf('mine.txt')).toBe('allow');
  });

  test('when the call will be refused, then nobody is asked for it', async () => {
    expect(await inspect('.env', 'x')).toEqual({ consent: 'allow', facts: { existing_digest: null } });
  });
});

describe('writing', () => {
  test('when the file is new, then it is written with its folders, and told as made', async () => {
    expect(await write('out/deep/a.txt', 'Grüße')).toEqual({
      kind: 'output',
      value: 'Content written to out/deep/a.txt',
      created: [at('out/deep/a.txt')],
    });
    expect(await text('out/deep/a.txt')).toBe('Grüße');
    expect(await readdir(at('out/deep'))).toEqual(['a.txt']);
  });

  test('when a new folder gets a file that the project itself must not get, then it is written there', async () => {
    await write('sub/portia.json', '{}');
    await write('deep/er/plans', 'x');
    expect([await text('sub/portia.json'), await text('deep/er/plans')]).toEqual(['{}', 'x']);
  });

  test('when a file is overwritten as agreed, then it keeps its access rights and is not told as made', async () => {
    await writeFile(at('a.sh'), 'old');
    await chmod(at('a.sh'), 0o750);
    expect(await write('a.sh', 'new')).toEqual({ kind: 'output', value: 'Content written to a.sh' });
    expect(await text('a.sh')).toBe('new');
    expect((await stat(at('a.sh'))).mode & 0o777).toBe(0o750);
  });

  test('when the call is repeated after a crash, then it succeeds, and the file still counts as made', async () => {
    const first = await write('a.txt', 'x', { facts: { existing_digest: null } });
    expect(await write('a.txt', 'x', { facts: { existing_digest: null } })).toEqual(first);
  });

  test.each([
    ['changed', { existing_digest: digestText('before') }, 'changed'],
    ['appeared', { existing_digest: null }, 'appeared'],
    ['was never looked at', {}, 'appeared'],
  ])('when the file %s since the decision, then it is left alone', async (_case, facts, reason) => {
    await writeFile(at('a.txt'), 'theirs');
    const result = await write('a.txt', 'mine', { facts });
    expect(result).toMatchObject({ kind: 'failure', notDone: true, message: expect.stringContaining(reason) });
    expect(await text('a.txt')).toBe('theirs');
  });

  test('when the file to be overwritten is gone, then nothing is written', async () => {
    const result = await write('a.txt', 'mine', { facts: { existing_digest: digestText('old') } });
    expect(result).toMatchObject({ kind: 'failure', notDone: true, message: expect.stringContaining('gone') });
    expect(await readdir(projectRoot)).toEqual([]);
  });

  test.each([
    '../a.txt',
    '/tmp/a.txt',
    '.env',
    '.git/config',
    'portia.json',
    'plans/a.json',
    'runs/a',
    'users/a',
    '',
    'a\0b',
    'link.txt',
    'out/a.txt',
    'hard.txt',
    'folder',
    'file.txt/a.txt',
  ])('when the name is %j, then nothing is written anywhere', async (name) => {
    const outside = await mkdtemp(path.join(tmpdir(), 'portia-outside-'));
    await writeFile(path.join(outside, 'v.txt'), 'victim');
    await symlink(path.join(outside, 'v.txt'), at('link.txt'));
    await symlink(outside, at('out'));
    await link(path.join(outside, 'v.txt'), at('hard.txt'));
    await mkdir(at('folder'));
    await writeFile(at('file.txt'), 'file');
    const before = (await readdir(projectRoot)).sort();
    expect(await write(name, 'mine', { facts: { existing_digest: null } })).toMatchObject({
      kind: 'failure',
      notDone: true,
    });
    expect((await readdir(projectRoot)).sort()).toEqual(before);
    expect(await readdir(outside)).toEqual(['v.txt']);
    expect(await readFile(path.join(outside, 'v.txt'), 'utf8')).toBe('victim');
    await rm(outside, { recursive: true });
  });

  test('when the content is too large, then nothing is written', async () => {
    expect(await write('a.txt', 'x'.repeat(32_000_001))).toMatchObject({ kind: 'failure', notDone: true });
    expect(await readdir(projectRoot)).toEqual([]);
  });
});
