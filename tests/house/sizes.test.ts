import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';

const LINES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8').split('\n').length - 1)
  .sort((one, other) => one - other);

test('when the files of the sources are measured then half of them have at most 80 lines', () => {
  expect(LINES.length).toBeGreaterThan(300);
  expect(LINES[LINES.length >> 1]).toBeLessThanOrEqual(80);
});

test('when types are asserted with `as` then it is at most twice in 1,000 lines', () => {
  const rules = { 'typescript/consistent-type-assertions': ['error', { assertionStyle: 'never' }] };
  const config = { plugins: ['typescript'], categories: { correctness: 'off' }, rules };
  const folder = makeProject({ 'every-assertion.json': config });
  const oxlint = resolve('node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '-c', join(folder, 'every-assertion.json'), '--format', 'unix', 'src'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const found = stdout.match(/consistent-type-assertions/g) ?? [];
  // None at all would mean that nothing was looked for.
  expect(found.length).toBeGreaterThan(20);
  const lines = LINES.reduce((one, other) => one + other);
  expect((found.length / lines) * 1_000).toBeLessThanOrEqual(2);
});

test('when the page for coding agents is read then it has at most ten lines', () => {
  expect(readFileSync('AGENTS.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(10);
});
