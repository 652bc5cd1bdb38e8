import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { HostsAtWork } from './hosts-at-work.js';
import { toolContext } from '../tool-context.js';

// One for all tests, each with a folder of its own: to start a process takes longer than to load a module.
const hosts = new HostsAtWork();
let folder = '';
let folders = 0;
beforeEach(() => {
  folders += 1;
  folder = `case-${folders}`;
});
afterAll(() => hosts.end());

const put = async (name: string, text: string) => hosts.put(`${folder}/${name}`, text);
const load = (...patterns: string[]) => hosts.load(...patterns.map((pattern) => join(folder, pattern)));

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
    expect(await tool?.run(toolContext({ projectRoot: hosts.root }), { name: 'Ada' })).toEqual({
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
    expect(await tool?.run(toolContext({ projectRoot: hosts.root }), { name: '!' })).toMatchObject({
      value: 'Good day!',
    });
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
    ['ts', 'const a: number = 1;\n  JSON.parse(a);\n  null.x;', /null.* \(.*tools\/bad\.ts:3\)/],
    ['mjs', 'const a = 1;\nconst b;', /bad\.mjs:2:7 Missing initializer/],
    ['mjs', 'const a = 1;\n  JSON.parse("{");', /JSON.* \(.*tools\/bad\.mjs:2\)/],
  ])('when a .%s module is wrong as in %j, then the place is reported', async (ending, text, why) => {
    await put(`tools/bad.${ending}`, text);
    await expect(load(`tools/bad.${ending}`)).rejects.toMatchObject({ details: { why: expect.stringMatching(why) } });
  });

  test('when a module throws, then its reason is reported', async () => {
    await put('tools/bad.ts', "throw new Error('no luck');");
    await expect(load('tools/bad.ts')).rejects.toMatchObject({
      details: { why: `no luck (${folder}/tools/bad.ts:1)` },
    });
  });

  test.each(['../outside.ts', '/etc/passwd', './tools/*.ts'])(
    'when the pattern is %s, then it is refused',
    async (pattern) => {
      await expect(hosts.load(pattern)).rejects.toMatchObject({ code: 'invalid-settings' });
    },
  );
});

describe('what modules may be written in', () => {
  const words = (text: string) => `import { defineTool } from 'portia'; import * as z from 'zod'; ${text}
    export const tool = defineTool({ id: 'words', name: 'Words', description: 'Says words.', effect: 'read',
      output: z.any(), args: z.object({}), run: async () => said });`;

  test.each<[string, Record<string, string>, unknown]>([
    ['import.meta', { 'a.ts': words('const said = import.meta.url.endsWith("/a.ts");') }, true],
    ['import.meta.dirname', { 'a.mjs': words('const said = import.meta.dirname.length > 0;') }, true],
    ['top-level await', { 'a.ts': words('const said = await Promise.resolve("late");') }, 'late'],
    [
      'top-level await in what it imports',
      { 'a.ts': words(`import { word } from './b.ts'; const said = word;`), 'b.ts': 'export const word = await "b";' },
      'b',
    ],
    ['an enum', { 'a.ts': words('enum Colour { Red = 3 } const said = Colour.Red;') }, 3],
    [
      'parameter properties',
      { 'a.ts': words('class P { constructor(readonly x: number) {} } const said = new P(4).x;') },
      4,
    ],
    [
      'types only',
      {
        'a.ts': words(`import type { T } from './t.js'; import { type T as U } from './t.js';
          const said = ({ n: 1 } satisfies T as U).n;`),
        't.ts': 'export interface T { n: number }',
      },
      1,
    ],
    [
      'a name without an ending',
      { 'a.ts': words(`import { w } from './lib'; const said = w;`), 'lib/index.ts': 'export const w = 1;' },
      1,
    ],
    [
      'modules in a circle',
      {
        'a.ts': words(`import { twice } from './b.js'; export const one = () => 1; const said = twice();`),
        'b.ts': `import { one } from './a.js'; export const twice = () => one() * 2;`,
      },
      2,
    ],
    ['JSON', { 'a.ts': words(`import data from './data.json'; const said = data.n;`), 'data.json': '{"n":5}' }, 5],
    [
      'JSON as Node imports it',
      {
        'a.mjs': words(`import data from './data.json' with { type: 'json' }; const said = data.n;`),
        'data.json': '{"n":5}',
      },
      5,
    ],
    [
      'a part of Node',
      {
        'a.ts': words(
          `import { basename } from 'node:path'; import os from 'os'; const said = basename('/x/' + typeof os.EOL);`,
        ),
      },
      'string',
    ],
    [
      'an import while it runs',
      { 'a.ts': words(`const said = (await import('./b.ts')).b;`), 'b.ts': 'export const b = "dynamic";' },
      'dynamic',
    ],
    [
      'a CommonJS module',
      { 'a.ts': words(`import { c } from './c.cjs'; const said = c;`), 'c.cjs': 'exports.c = 7;' },
      7,
    ],
    [
      'CommonJS in TypeScript',
      {
        'a.ts': words(`import c from './c.cts'; const said = c.n;`),
        'c.cts': 'import fs = require("fs"); export = { n: typeof fs.readFileSync as string };',
      },
      'function',
    ],
    [
      'a package',
      {
        'a.ts': words(`import { word } from 'own-package'; const said = word;`),
        'node_modules/own-package/package.json': '{"type":"module","exports":{"import":"./index.js"}}',
        'node_modules/own-package/index.js': 'export const word = "packed";',
      },
      'packed',
    ],
    [
      'the project’s own names',
      {
        'package.json': '{"type":"module","imports":{"#lib/*":"./lib/*"}}',
        'a.ts': words(`import { n } from '#lib/n.ts'; const said = n;`),
        'lib/n.ts': 'export const n: number = 9;',
      },
      9,
    ],
    [
      'more of portia',
      { 'a.ts': words(`import { PlanBuilder } from 'portia'; const said = typeof PlanBuilder;`) },
      'function',
    ],
    [
      'portia as a whole',
      { 'a.ts': words(`import * as all from 'portia'; const said = typeof all.Portia;`) },
      'function',
    ],
    [
      'zod by its default name',
      { 'a.ts': words(`import { z as y } from 'zod'; const said = y.string().parse('z');`) },
      'z',
    ],
  ])('when a module has %s, then it works', async (_what, files, said) => {
    for (const [name, text] of Object.entries(files)) await put(name, text);
    const [tool] = await load(Object.keys(files).find((name) => name.startsWith('a.')) ?? '');
    expect(await tool?.run(toolContext({ projectRoot: hosts.root }), {})).toEqual({ kind: 'output', value: said });
  });

  test.each([
    ['ends its process', 'process.exit(0);', 'it ended its own process, with exit code 0'],
    ['throws an object', 'throw { message: "no luck", status: 3 };', 'no luck'],
    ['lets a promise reject', 'Promise.reject(new Error("stray")); await new Promise(() => {});', 'stray'],
  ])('when a module %s as it is loaded, then the reason is reported', async (_what, text, why) => {
    await put('bad.mjs', text);
    await expect(load('bad.mjs')).rejects.toMatchObject({
      message: `The tool module ${folder}/bad.mjs cannot be loaded.`,
      details: { why: expect.stringContaining(why) },
    });
  });
});
