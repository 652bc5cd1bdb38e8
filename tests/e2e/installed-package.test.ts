import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { beforeAll, describe, expect, inject, test } from 'vitest';

import { copyPackage } from '../support/package-copy.js';
import { cleanEnvironment, ended, TESTED_NODE, type Ended } from '../support/portia.js';

interface Lock {
  packages: Record<string, { version: string; dependencies?: Record<string, string> }>;
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const TOOL = `
import { defineTool } from 'portia';
import * as z from 'zod';
const double = (value: number): number => value * 2;
export default defineTool({
  id: 'double_tool', name: 'Double', description: 'Doubles a number.', effect: 'read',
  args: z.object({ value: z.number() }), run: (_context, { value }) => double(value),
});`;

const PROGRAM = `
import { Portia, defineTool } from 'portia';
import * as z from 'zod';
const add = defineTool({ id: 'add_tool', name: 'Add', description: 'Adds.', effect: 'read',
  args: z.object({ a: z.number(), b: z.number() }), run: (_context, { a, b }) => a + b });
const portia = new Portia({ store: 'memory:', tools: [add] });
const run = await portia.runPlan({
  plan_context: { query: 'add', tool_ids: ['add_tool'] },
  steps: [{ kind: 'tool', tool_id: 'add_tool', args: { a: 20, b: 22 }, output: '$sum' }],
});
console.log(run.outputs.final_output.value);`;

/** A folder of somebody who installed portia and nothing else. */
let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(inject('sharedFolder'), 'installed-')));
  const copy = copyPackage();
  mkdirSync(join(copy, 'dist/compiled'));
  writeFileSync(join(copy, 'dist/compiled/main.cjs'), 'of this machine');
  const packed = npm(copy, 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(CONSUMER));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockOf(`file:${packed.trim()}`)));
  npm(folder, 'install', `./${packed.trim()}`, '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier');
});

const CONSUMER = { name: 'consumer', version: '1.0.0', private: true, type: 'module' };

/** What npm would ask the registry for, from our own lock: then the packages come from npm's cache. */
function lockOf(portia: string): object {
  const { version, dependencies } = readJson('package.json') as Lock['packages'][string];
  const ours = readJson('package-lock.json') as Lock;
  const needed = new Set(Object.keys(dependencies ?? {}));
  for (const name of needed) {
    for (const next of Object.keys(ours.packages[`node_modules/${name}`]?.dependencies ?? {})) needed.add(next);
  }
  const locked = [...needed].map((name) => [`node_modules/${name}`, ours.packages[`node_modules/${name}`]]);
  const packages = {
    '': { ...CONSUMER, dependencies: { portia } },
    'node_modules/portia': { version, resolved: portia, dependencies },
    ...Object.fromEntries(locked),
  };
  return { name: CONSUMER.name, version: CONSUMER.version, lockfileVersion: 3, requires: true, packages };
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function run(command: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return ended(spawn(command, args, { cwd: folder, env: cleanEnvironment(folder, env), stdio: 'pipe' }), '');
}

const BINARY = 'node_modules/.bin/portia';

/** Runs a plan of one step with the installed binary. */
function runStep(tool_id: string, args: object): Promise<Ended> {
  const plan = {
    plan_context: { query: 'try', tool_ids: [tool_id] },
    steps: [{ kind: 'tool', tool_id, args, output: '$it' }],
  };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const env = { SQLITE_DB_PATH: 'numbers.db' };
  return run(join(folder, BINARY), ['run-plan', 'plan.json', '--format', 'value'], env);
}

describe('the package that npm installs', () => {
  test('when it is packed then what was compiled on this machine stays here', () => {
    expect(existsSync(join(folder, 'node_modules/portia/dist/compiled'))).toBe(false);
  });

  test('when packages are bundled then their licences come with it', () => {
    const { devDependencies } = readJson('package.json') as { devDependencies: Record<string, string> };
    const licences = readFileSync(join(folder, 'node_modules/portia/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['chalk', 'commander', 'conf', 'openai', 'ora', 'jsonata', 'ajv']) {
      expect(licences).toContain(`${name} ${devDependencies[name]}\n`);
    }
  });

  test('when npx runs it then it plans and runs', async () => {
    const env = { HOME: process.env['HOME'] ?? '', npm_config_offline: 'true', npm_config_update_notifier: 'false' };
    const { code, stdout } = await run('npx', ['portia', 'run', 'add 1 + 2', '--yes', '--format', 'value'], env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  });

  test('when a topic of help is asked for then its page is there', async () => {
    const { code, stdout } = await run(join(folder, 'node_modules/.bin/portia'), ['help', 'models']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Models\n=/m) as string });
  });

  test('when a project has a tool in TypeScript then it is translated and called', async () => {
    mkdirSync(join(folder, 'tools'));
    writeFileSync(join(folder, 'tools/double.ts'), TOOL);
    writeFileSync(join(folder, 'portia.json'), JSON.stringify({ tools: { modules: ['./tools/*.ts'] } }));
    const { code, stdout, stderr } = await runStep('double_tool', { value: 21 });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '42\n' });
  });

  test('when a step reads a database then SQLite is there', async () => {
    const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;
    new Database(join(folder, 'numbers.db')).close();
    const { code, stdout, stderr } = await runStep('run_sql', { query: 'SELECT 6 * 7 AS n' });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('42') as string });
  });

  test('when an expression is evaluated in a thread of its own then its result comes back', async () => {
    const { code, stdout } = await run(join(folder, BINARY), ['eval', '$sort([3, 1, 2])']);
    expect({ code, value: JSON.parse(stdout) as unknown }).toEqual({ code: 0, value: [1, 2, 3] });
  });

  test('when a program imports it and zod then its own tool is called', async () => {
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    const { code, stdout, stderr } = await run(TESTED_NODE, ['program.js']);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '42\n', stderr: '' });
  });

  test('when it was used then it has at most 10 packages and 20 MB, also with what it compiled', () => {
    const { packages } = readJson(join(folder, 'node_modules/.package-lock.json')) as Lock;
    expect(Object.keys(packages).length).toBeLessThanOrEqual(10);
    const files = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
    const bytes = files.map((file) => statSync(join(file.parentPath, file.name)).size).reduce((a, b) => a + b, 0);
    expect(bytes).toBeLessThan(20_000_000);
    expect(existsSync(join(folder, 'node_modules/portia/dist/compiled'))).toBe(true);
  });
});
