import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { copyPackage } from '../support/package-copy.js';
import { cleanEnvironment, ended, makeProject, PORTIA, TESTED_NODE, type Ended } from '../support/portia.js';

/** Loaded before portia: says of every chunk whether V8 took what was kept of it. */
const WATCH = `
const vm = require('node:vm');
const { basename } = require('node:path');
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const isKept = options.cachedData !== undefined && !this.cachedDataRejected;
    process.stderr.write(\`\${isKept ? 'KEPT' : 'COMPILED'} \${basename(options.filename)}\\n\`);
  }
};`;

function start(binary: string, args: string[], cwd = makeProject(), flags: string[] = []): Promise<Ended> {
  writeFileSync(join(cwd, 'watch.cjs'), WATCH);
  const call = [...flags, '--require', join(cwd, 'watch.cjs'), binary, ...args];
  return ended(spawn(TESTED_NODE, call, { cwd, env: cleanEnvironment(cwd), stdio: 'pipe' }), '');
}

const ADD = ['run', 'add 1 + 2', '--yes', '--format', 'value'];

const add = (copy: string): Promise<Ended> => start(join(copy, 'bin/portia.js'), ADD);

const RIGHT = { code: 0, stdout: '3\n' };

/** The chunks that a start loaded by what became of them. */
function chunks({ stderr }: Ended, fate: 'KEPT' | 'COMPILED'): string[] {
  return [...stderr.matchAll(/^(KEPT|COMPILED) (.*)$/gm)].flatMap(([, found, name = '']) =>
    found === fate ? name : [],
  );
}

/** The only folder of what was kept. */
function keptFolder(copy: string): string {
  const [name = '', ...others] = readdirSync(join(copy, 'dist/compiled'));
  expect(others).toEqual([]);
  return join(copy, 'dist/compiled', name);
}

describe('the first start of a package', () => {
  test('when it has ended then the next start compiles nothing', async () => {
    const copy = copyPackage();
    const [first, other] = [await add(copy), await start(join(copy, 'bin/portia.js'), ['list'])];
    expect(first).toMatchObject(RIGHT);
    expect(chunks(first, 'COMPILED')).toContain('main.cjs');
    expect(chunks(first, 'KEPT')).toEqual([]);
    expect(chunks(other, 'KEPT')).toContain('main.cjs');

    const next = await add(copy);
    expect(next).toMatchObject(RIGHT);
    expect(chunks(next, 'COMPILED')).toEqual([]);
    expect(chunks(next, 'KEPT')).toEqual(chunks(first, 'COMPILED'));
    expect(readdirSync(keptFolder(copy)).filter((name) => !name.endsWith('.cjs'))).toEqual([]);
  });

  test('when several start at once then each is right, and so is the next', async () => {
    const copy = copyPackage();
    for (const each of await Promise.all([add(copy), add(copy), add(copy)])) expect(each).toMatchObject(RIGHT);
    const next = await add(copy);
    expect(next).toMatchObject(RIGHT);
    expect(chunks(next, 'COMPILED')).toEqual([]);
  });

  test('when a plan with a loop is run again then what was kept stays', async () => {
    const copy = copyPackage();
    const steps = [
      { kind: 'for_each', over: '[1..3]', as: 'n', steps: [{ kind: 'compute', expression: '$n', output: '$x' }] },
    ];
    const cwd = makeProject({ 'loop.json': { plan_context: { query: 'loop', tool_ids: [] }, steps } });
    const run = async () => start(join(copy, 'bin/portia.js'), ['run-plan', 'loop.json', '-q'], cwd);
    expect(await run()).toMatchObject({ code: 0 });
    const kept = () => readdirSync(keptFolder(copy)).map((name) => statSync(join(keptFolder(copy), name)).ino);
    const before = kept();
    expect(await run()).toMatchObject({ code: 0 });
    expect(kept()).toEqual(before);
  });

  test('when what was kept is damaged then it is compiled again, and kept anew', async () => {
    const copy = copyPackage();
    await add(copy);
    const file = join(keptFolder(copy), 'main.cjs');
    for (const damage of [readFileSync(file).subarray(0, 5_000), Buffer.alloc(0), Buffer.alloc(20_000)]) {
      writeFileSync(file, damage);
      const damaged = await add(copy);
      expect(damaged).toMatchObject(RIGHT);
      expect(chunks(damaged, 'COMPILED')).toEqual(['main.cjs']);
      expect(chunks(await add(copy), 'COMPILED')).toEqual([]);
    }
  });

  test('when the folder is not the own one of who starts it then nothing is left there', async () => {
    const copy = copyPackage();
    const dist = join(copy, 'dist');
    // Root may write everywhere, and must not leave its files in the folders of others.
    if (process.geteuid?.() === 0) chownSync(dist, 65_534, 65_534);
    else chmodSync(dist, 0o555);
    expect(await add(copy)).toMatchObject(RIGHT);
    expect(existsSync(join(dist, 'compiled'))).toBe(false);
    chmodSync(dist, 0o755);
  });
});

describe('a program with the library', () => {
  const programOf = (copy: string, ...flags: string[]) => {
    const cwd = makeProject();
    const program = `import Module from 'node:module';
      const { Portia } = await import(${JSON.stringify(pathToFileURL(join(copy, 'dist/index.js')).href)});
      console.log(typeof Portia, Module._extensions['.cjs']);`;
    writeFileSync(join(cwd, 'program.mjs'), program);
    return async () => start(join(cwd, 'program.mjs'), [], cwd, flags);
  };
  const LOADED = { code: 0, stdout: 'function undefined\n' };

  test('when it starts again then V8 compiles nothing of the library, and all else is loaded as usual', async () => {
    const run = programOf(copyPackage());
    const first = await run();
    expect(first).toMatchObject(LOADED);
    expect(chunks(first, 'COMPILED')).toContain('index.cjs');
    const next = await run();
    expect(next).toMatchObject(LOADED);
    expect(chunks(next, 'COMPILED')).toEqual([]);
    expect(chunks(next, 'KEPT')).toEqual(chunks(first, 'COMPILED'));
  });

  test('when it has other flags of V8 then what was kept for portia stays', async () => {
    const copy = copyPackage();
    await add(copy);
    const withFlags = await programOf(copy, '--no-opt')();
    expect(withFlags).toMatchObject(LOADED);
    expect(chunks(withFlags, 'KEPT')).toEqual([]);
    expect(chunks(await add(copy), 'COMPILED')).toEqual([]);
  });
});

describe('a short command', () => {
  test('when it is given then what runs plans is not loaded', async () => {
    const cwd = makeProject();
    const loaded = async (...args: string[]) => {
      const each = await start(PORTIA, args, cwd);
      expect(each.code).toBe(0);
      return [...chunks(each, 'KEPT'), ...chunks(each, 'COMPILED')].map((name) => name.replace(/-.*/, ''));
    };
    expect(await loaded(...ADD)).toContain('run');
    for (const command of [['--version'], ['--help'], ['list'], ['show', 'last']]) {
      const names = await loaded(...command);
      expect({ command, names }).toEqual({ command, names: expect.arrayContaining(['main.cjs']) as string[] });
      expect({ command, names }).not.toEqual({ command, names: expect.arrayContaining(['run']) as string[] });
    }
  });
});
