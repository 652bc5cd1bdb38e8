import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { completeRun } from '../support/example-project.js';
import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';

const LIST = `process.on('exit', () => require('node:fs').writeFileSync('loaded.json', JSON.stringify(Object.keys(require.cache))));`;

/** The files that a command loads. */
function loadedBy(cwd: string, args: string[]): string[] {
  const call = [...['--require', './list.cjs'], PORTIA, ...args];
  const { status, stderr } = spawnSync(TESTED_NODE, call, { cwd, env: cleanEnvironment(cwd), encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(readFileSync(join(cwd, 'loaded.json'), 'utf8'));
}

test('when no collector is named then a run loads nothing that sends traces', () => {
  const cwd = makeProject({ 'list.cjs': LIST });
  const args = ['run', 'add 1 + 2', '--yes', '--format', 'value', '-q'];
  expect(loadedBy(cwd, args).filter((file) => readFileSync(file, 'utf8').includes('resourceSpans'))).toEqual([]);
});

test('when a short command starts then it does not load zod, which takes as long as starting Node', async () => {
  const cwd = makeProject({ 'list.cjs': LIST });
  await completeRun(cwd);
  for (const args of [['--version'], ['show', 'last'], ['list']]) {
    const heavy = loadedBy(cwd, args).filter((file) => readFileSync(file, 'utf8').includes('ZodError'));
    expect([args, heavy]).toEqual([args, []]);
  }
});
