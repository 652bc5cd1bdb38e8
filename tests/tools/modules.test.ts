import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { loadToolModules } from '../../src/tools/modules.js';
import { toolContext } from './tool-context.js';

const aliases = {
  portia: path.resolve('dist/index.cjs'),
  zod: path.resolve('dist/zod.cjs'),
};

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await mkdtemp(path.join(tmpdir(), 'portia-modules-'));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(projectRoot, name)), { recursive: true });
  await writeFile(path.join(projectRoot, name), text);
}

const load = (...patterns: string[]) => loadToolModules(patterns, { projectRoot, aliases });

function source(id: string, { typed = true } = {}): string {
  return `
    import { defineTool } from 'portia';
    import * as z from 'zod';
    const greet = (name${typed ? ': string' : ''}) => 'Hello ' + name;
    export const tool = defineTool({
      id: '${id}', name: 'Greeter', description: 'Greets.', effect: 'read',
      args: z.object({ name: z.string().describe('Whom') }),
      run: async (_context, { name }) => greet(name),
    });`;
}

describe('tool modules in a project without node_modules', () => {
  test.each(['ts', 'mts', 'js', 'mjs'])('when a module ends with .%s, then its tool works', async (ending) => {
    await put(`tools/greet.${ending}`, source('greeter', { typed: ending.endsWith('ts') }));
    const [tool] = await load(`./tools/*.${ending}`);
    expect(tool?.id).toBe('greeter');
    expect(tool?.inputSchema()).toMatchObject({ properties: { name: { description: 'Whom' } }, required: ['name'] });
    expect(await tool?.run(toolContext({ projectRoot }), { name: 'Ada' })).toEqual({
      kind: 'output',
      value: 'Hello Ada',
    });
  });

  test('when a module imports another one of the project, then both are loaded', async () => {
    await put('tools/words.ts', `export const word: string = 'Good day';`);
    await put(
      'tools/greet.ts',
      source('greeter')
        .replace("'Hello '", 'word')
        .replace('import * as z', "import { word } from './words.js'; import * as z"),
    );
    const [tool] = await load('tools/greet.ts');
    expect(await tool?.run(toolContext({ projectRoot }), { name: '!' })).toMatchObject({ value: 'Good day!' });
  });

  test('when a module exports lists and other things, then only tools are taken, each once', async () => {
    await put(
      'tools/a.ts',
      `${source('a')} export const all = [tool]; export const other = { id: 'x' }; export default tool;`,
    );
    expect((await load('tools/*.ts')).map(({ id }) => id)).toEqual(['a']);
  });

  test('when several files match, then they come sorted, declarations left out', async () => {
    await put('tools/b.ts', source('b'));
    await put('tools/deep/a.ts', source('a'));
    await put('tools/types.d.ts', 'export interface Shape {}');
    expect((await load('./tools/**/*.ts')).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test.each([
    ['has a syntax error', 'tools/bad.ts', 'export const = 1;', /tools\/bad\.ts cannot be loaded/],
    ['throws', 'tools/bad.ts', "throw new Error('no luck');", /tools\/bad\.ts cannot be loaded/],
    ['exports no tool', 'tools/bad.ts', 'export const x = 1;', /tools\/bad\.ts exports no tool/],
    ['is not there', 'other/x.ts', '', /tools\/bad\.ts cannot be loaded/],
  ])('when a module %s, then the error names the file', async (_case, file, text, message) => {
    await put(file, text);
    await expect(load('tools/bad.ts')).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(message),
      details: { fix: expect.any(String) },
    });
  });

  test.each([
    ['ts', 'const a: number = 1;\nexport const = 1;', /bad\.ts:2:\d+/],
    ['ts', 'const a: number = 1;\n  JSON.parse(a);\n  null.x;', /null.* \(tools\/bad\.ts:3\)/],
    ['mjs', 'const a = 1;\nconst b;', /bad\.mjs:2:\d+/],
    ['mjs', 'const a = 1;\n  JSON.parse("{");', /JSON.* \(tools\/bad\.mjs:2\)/],
  ])('when a .%s module is wrong as in %j, then the place is reported', async (ending, text, why) => {
    await put(`tools/bad.${ending}`, text);
    await expect(load(`tools/bad.${ending}`)).rejects.toMatchObject({ details: { why: expect.stringMatching(why) } });
  });

  test('when a module throws, then its reason is reported', async () => {
    await put('tools/bad.ts', "throw new Error('no luck');");
    await expect(load('tools/bad.ts')).rejects.toMatchObject({ details: { why: 'no luck (tools/bad.ts:1)' } });
  });

  test.each(['../outside.ts', '/etc/passwd', './tools/*.ts'])(
    'when the pattern is %s, then it is refused',
    async (pattern) => {
      await expect(load(pattern)).rejects.toMatchObject({ code: 'invalid-settings' });
    },
  );
});
