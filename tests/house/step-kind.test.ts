import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { STEP_KINDS } from '../../src/domain/plan/step-kinds/step-kinds.js';
import { makeProject } from '../support/portia.js';

const SECTION = readFileSync('docs/how-to-add.md', 'utf8')
  .split(/^## /m)
  .find((part) => part.startsWith('A step kind'));
const [BY_COMPILER = '', BY_HAND = ''] = (SECTION ?? '').split('The compiler cannot name the rest');

test('when a kind of block is only a type then the compiler names the files that the page lists', () => {
  const folder = copyOfSources();
  const schema = join(folder, 'src/domain/plan/plan-schema.ts');
  const text = readFileSync(schema, 'utf8');
  const type = "interface MadeUpStep extends StepGuards {\n  kind: 'made_up';\n  steps: Step[];\n}\n";
  const union = 'export type Step =\n  | ';
  writeFileSync(schema, text.replace(union, `${type}${union}MadeUpStep\n  | `));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' });
  const named = new Set(stdout.match(/^[^\s(]+(?=\()/gm));
  expect([...named].sort()).toEqual(firstPaths(BY_COMPILER).sort());
  expect(named.size).toBeGreaterThanOrEqual(6);
});

test('when the page names a file then it is there', () => {
  for (const path of [...allPaths(BY_COMPILER), ...firstPaths(BY_HAND)]) expect(existsSync(path), path).toBe(true);
});

test.each(Object.keys(STEP_KINDS).filter((kind) => kind !== 'agent'))(
  'when there is a kind %s then the page about plans has it in its table',
  (kind) => {
    const rows = readFileSync('docs/plan-language.md', 'utf8').match(/^\| [^|]+/gm) ?? [];
    expect(rows.some((row) => row.includes(`\`${kind}\``))).toBe(true);
  },
);

/** What the compiler needs to read the sources. */
function copyOfSources(): string {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: object };
  const folder = makeProject({
    'package.json': readFileSync('package.json', 'utf8'),
    'tsconfig.json': { compilerOptions, include: ['src', 'tests'] },
  });
  for (const path of ['src', 'tests/domain/plan-examples.ts']) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The file that each item of a numbered list is about. */
function firstPaths(text: string): string[] {
  return Array.from(text.matchAll(/^\d+\. `([^`]+)`/gm), ([, path = '']) => path);
}

function allPaths(text: string): string[] {
  return Array.from(text.matchAll(/`((?:src|tests|docs)\/[^`]+)`/g), ([, path = '']) => path);
}
