import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect } from 'vitest';

import { cleanEnvironment, ended, makeProject, TESTED_NODE, type Ended } from '../support/portia.js';

/** A project of somebody who installed portia (and zod, for tools of their own). */
export function makeConsumer(files: Record<string, string | object>): string {
  const dir = makeProject({ 'package.json': { name: 'consumer', private: true, type: 'module' }, ...files });
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(resolve('.'), join(dir, 'node_modules/portia'));
  symlinkSync(resolve('node_modules/zod'), join(dir, 'node_modules/zod'));
  return dir;
}

export function runProgram(dir: string, ...args: string[]): Promise<Ended> {
  return ended(spawn(TESTED_NODE, args, { cwd: dir, env: cleanEnvironment(dir), stdio: 'pipe' }), '');
}

/** The last line of what a program printed, as JSON. */
export function printed(result: Ended): unknown {
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(result.stdout.trimEnd().split('\n').at(-1) ?? '');
}
