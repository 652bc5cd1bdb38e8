import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';

const UNAWAITED = 'export async function save(): Promise<void> {}\nexport function end(): void {\n  save();\n}\n';
const NEW_KIND = `export function say(kind: 'one' | 'other'): string {
  switch (kind) {
    case 'one':
      return '1';
    default:
      return '2';
  }
}
`;

/** The first command of `npm run lint`, in a copy of the repository that holds one file only. */
function lint(file: string, text: string) {
  const root = makeProject({ [file]: text });
  for (const name of ['oxlint.config.js', '.config', 'tsconfig.json', 'package.json'])
    cpSync(name, join(root, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { lint: string } };
  const [command = ''] = scripts.lint.split('&&');
  const { status, stdout } = spawnSync('npx', ['--no-install', ...command.trim().split(' ')], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('the lint command', () => {
  test('when a promise is not awaited then it fails', () => {
    const { status, stdout } = lint('src/cli/end.ts', UNAWAITED);
    expect(stdout).toContain('no-floating-promises');
    expect(status).toBe(1);
  });

  test('when a promise is awaited then it passes', () => {
    const awaited = UNAWAITED.replace('  save', '  await save').replace(
      'function end(): void',
      'async function end(): Promise<void>',
    );
    expect(lint('src/cli/end.ts', awaited)).toMatchObject({ status: 0 });
  });

  test('when a file imports from a floor above then it fails', () => {
    const { status, stdout } = lint(
      'src/domain/up.ts',
      "import { run } from '../cli/run.js';\n\nexport const up = run;\n",
    );
    expect(stdout).toContain('.config/layers.js');
    expect(status).toBe(1);
  });

  test('when a folder is not in the table of floors then it fails', () => {
    const { status, stdout } = lint('src/new-room/door.ts', 'export const door = 1;\n');
    expect(stdout).toContain('no row for src/new-room');
    expect(status).toBe(1);
  });

  test.each(['domain', 'executor', 'ui'])(
    'when a switch of src/%s leaves a kind to its default then it fails',
    (room) => {
      const { status, stdout } = lint(`src/${room}/say.ts`, NEW_KIND);
      expect(stdout).toContain('switch-exhaustiveness-check');
      expect(status).toBe(1);
    },
  );
});
