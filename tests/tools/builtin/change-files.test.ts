import { chmod, link, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { copyFileTool } from '../../../src/tools/builtin/copy-file.js';
import { deleteFileTool } from '../../../src/tools/builtin/delete-file.js';
import { moveFileTool } from '../../../src/tools/builtin/move-file.js';
import type { Tool } from '../../../src/tools/tool.js';
import { toolContext } from '../tool-context.js';

let base = '';
let projectRoot = '';
beforeEach(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-change-')));
  projectRoot = path.join(base, 'project');
  for (const folder of ['project/sub', 'project/plans', 'project/.git', 'outside']) {
    await mkdir(path.join(base, folder), { recursive: true });
  }
  for (const file of ['project/a.txt', 'project/b.txt', 'project/portia.json', 'project/.env', 'outside/c.txt']) {
    await writeFile(path.join(base, file), file);
  }
  await symlink(path.join(base, 'outside'), path.join(projectRoot, 'out'));
  await symlink(path.join(base, 'outside/c.txt'), path.join(projectRoot, 'c-link.txt'));
  await link(path.join(projectRoot, 'b.txt'), path.join(projectRoot, 'hard.txt'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function inspect(tool: Tool, args: JsonObject) {
  const { environment } = toolContext({ projectRoot });
  const inspection = await tool.inspect?.(args, { environment, created: new Set() });
  if (inspection === undefined) throw new Error(`${tool.id} does not look first`);
  return inspection;
}

/** As in a run: it looks, and then acts on what it saw. */
async function call(tool: Tool, args: JsonObject) {
  const { facts } = await inspect(tool, args);
  return tool.run(toolContext({ projectRoot, facts }), args);
}
const text = (name: string) => readFile(path.join(projectRoot, name), 'utf8');
const isThere = (name: string) =>
  stat(path.join(base, name)).then(
    () => true,
    () => false,
  );

const CHANGES: [Tool, JsonObject][] = [
  [moveFileTool, { from: 'a.txt', to: 'sub/x.txt' }],
  [copyFileTool, { from: 'a.txt', to: 'sub/x.txt' }],
  [deleteFileTool, { filename: 'a.txt' }],
];

describe('a file below the project', () => {
  test('when it is moved, then it has only the new name, in folders that are made', async () => {
    const args = { from: 'a.txt', to: 'new/deep/a.md' };
    expect(await inspect(moveFileTool, args)).toMatchObject({
      consent: 'ask',
      note: 'It moves a.txt (13 bytes) to new/deep/a.md.',
    });
    expect(await call(moveFileTool, args)).toEqual({ kind: 'output', value: 'Moved a.txt to new/deep/a.md' });
    expect(await text('new/deep/a.md')).toBe('project/a.txt');
    expect(await isThere('project/a.txt')).toBe(false);
  });

  test('when it is copied, then there are two, with the same rights', async () => {
    await chmod(path.join(projectRoot, 'a.txt'), 0o750);
    expect(await call(copyFileTool, { from: 'a.txt', to: 'sub/b.txt' })).toEqual({
      kind: 'output',
      value: 'Copied a.txt to sub/b.txt',
      created: [path.join(projectRoot, 'sub/b.txt')],
    });
    expect(await text('sub/b.txt')).toBe(await text('a.txt'));
    expect((await stat(path.join(projectRoot, 'sub/b.txt'))).mode & 0o777).toBe(0o750);
  });

  test('when it is deleted, then it is gone', async () => {
    const args = { filename: 'a.txt' };
    expect(await inspect(deleteFileTool, args)).toMatchObject({ consent: 'ask', note: 'It deletes a.txt (13 bytes).' });
    expect(await call(deleteFileTool, args)).toEqual({ kind: 'output', value: 'Deleted a.txt' });
    expect(await isThere('project/a.txt')).toBe(false);
  });

  test.each(CHANGES)('when a call is repeated after a crash, then it is done already', async (tool, args) => {
    const { facts } = await inspect(tool, args);
    const first = await tool.run(toolContext({ projectRoot, facts }), args);
    expect(first).toMatchObject({ kind: 'output' });
    expect(await tool.run(toolContext({ projectRoot, facts }), args)).toEqual(first);
  });

  test.each(CHANGES)('when somebody changes the file after the question, then it is left alone', async (tool, args) => {
    const { facts } = await inspect(tool, args);
    await writeFile(path.join(projectRoot, 'a.txt'), 'something longer than before');
    const message: unknown = expect.stringContaining('changed by somebody else');
    expect(await tool.run(toolContext({ projectRoot, facts }), args)).toMatchObject({ kind: 'failure', message });
    expect(await text('a.txt')).toBe('something longer than before');
    expect(await isThere('project/sub/x.txt')).toBe(false);
  });

  test.each([moveFileTool, copyFileTool])('when the new name has a file, then that is never replaced', async (tool) => {
    const args = { from: 'a.txt', to: 'sub/x.txt' };
    const { facts } = await inspect(tool, args);
    await writeFile(path.join(projectRoot, 'sub/x.txt'), 'mine');
    const message: unknown = expect.stringContaining('sub/x.txt exists already');
    expect(await tool.run(toolContext({ projectRoot, facts }), args)).toMatchObject({ kind: 'failure', message });
    expect(await call(tool, args)).toMatchObject({ kind: 'failure', notDone: true, message });
    expect(await text('sub/x.txt')).toBe('mine');
    expect(await text('a.txt')).toBe('project/a.txt');
  });

  test.each<[Tool, JsonObject, string]>([
    [moveFileTool, { from: 'none.txt', to: 'sub/x.txt' }, 'Cannot move "none.txt": no file has this name.'],
    [copyFileTool, { from: 'none.txt', to: 'sub/x.txt' }, 'Cannot copy "none.txt": no file has this name.'],
    [deleteFileTool, { filename: 'none.txt' }, 'Cannot delete "none.txt": no file has this name.'],
  ])('when there is no file then that is said', async (tool, args, message) => {
    expect(await call(tool, args)).toMatchObject({ kind: 'failure', notDone: true, message });
  });

  test('when the file is code that portia runs, then nothing approved beforehand is enough', async () => {
    const { environment } = toolContext({ projectRoot });
    const look = {
      environment: { ...environment, toolModules: [path.join(projectRoot, 'sub/*.ts')] },
      created: new Set<string>(),
    };
    expect(await moveFileTool.inspect?.({ from: 'a.txt', to: 'sub/x.ts' }, look)).toMatchObject({ mustAsk: true });
    expect(await copyFileTool.inspect?.({ from: 'a.txt', to: 'sub/x.ts' }, look)).toMatchObject({ mustAsk: true });
    await writeFile(path.join(projectRoot, 'sub/y.ts'), '');
    expect(await deleteFileTool.inspect?.({ filename: 'sub/y.ts' }, look)).toMatchObject({ mustAsk: true });
  });
});

/** Names of what no tool may touch, and of what is not a file. */
const CLOSED = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '/',
    'sub',
    'a\0.txt',
    '.env',
    '.git/config',
    'sub/.x',
    'portia.json',
    'PORTIA.JSON',
    'plans/x',
  ],
  ...['runs/x', 'users/x', 'Runs/x.json', '../outside/c.txt', '../outside/new.txt', '/etc/passwd', '/dev/null'],
  ...['out/c.txt', 'out/new.txt', 'c-link.txt', 'hard.txt', 'sub/../../outside/c.txt', './.env', 'sub/../.git/HEAD'],
  ...['a.txt/x', 'x'.repeat(300), 'x'.repeat(5_000), 'none.txt', '../project-2/a.txt', '~/../../etc/passwd'],
];

describe('files that are not touched', () => {
  test.each<[Tool, (name: string) => JsonObject]>([
    [deleteFileTool, (filename) => ({ filename })],
    [moveFileTool, (from) => ({ from, to: 'sub/got.txt' })],
  ])('when what %o would take away is closed, then it stays', async (tool, argsFor) => {
    for (const name of CLOSED) {
      expect(await call(tool, argsFor(name)), name).toMatchObject({ kind: 'failure', retryable: false });
    }
    expect(await isThere('outside/c.txt')).toBe(true);
    expect(await isThere('project/portia.json')).toBe(true);
    expect(await isThere('project/hard.txt')).toBe(true);
    expect(await isThere('project/sub/got.txt')).toBe(false);
  });

  test.each([moveFileTool, copyFileTool])('when the new name is closed, then nothing is put there', async (tool) => {
    for (const to of CLOSED.filter((name) => name !== 'none.txt' && !name.startsWith('~'))) {
      expect(await call(tool, { from: 'a.txt', to }), to).toMatchObject({ kind: 'failure', retryable: false });
    }
    expect(await isThere('outside/new.txt')).toBe(false);
    expect(await text('portia.json')).toBe('project/portia.json');
    expect(await text('a.txt')).toBe('project/a.txt');
  });
});
