import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';

const UNAWAITED = 'export async function save(): Promise<void> {}\nexport function end(): void {\n  save();\n}\n';
const AWAITED = UNAWAITED.replace('  save', '  await save').replace(
  'function end(): void',
  'async function end(): Promise<void>',
);
const NEW_KIND = `export function say(kind: 'one' | 'other'): string {
  switch (kind) {
    case 'one':
      return '1';
    default:
      return '2';
  }
}
`;

/** What breaks a rule: the file, its text, the rule, and a word of the help. */
const BROKEN: [string, string, string, string?][] = [
  // A promise is not awaited.
  ['src/cli/end.ts', UNAWAITED, 'typescript(no-floating-promises)'],
  // It imports from a floor above.
  [
    'src/domain/up.ts',
    "import { run } from '../cli/run.js';\n\nexport const up = run;\n",
    'eslint(no-restricted-imports)',
    '.config/layers.js',
  ],
  // A switch leaves a kind to its default.
  ...['domain', 'executor', 'ui'].map((room): [string, string, string] => [
    `src/${room}/say.ts`,
    NEW_KIND,
    'typescript(switch-exhaustiveness-check)',
  ]),
];

/** The first command of `npm run lint` with options, in a copy of the repository that holds these files only. */
function lint(files: Record<string, string>, options = '') {
  const root = makeProject(files);
  for (const name of ['oxlint.config.js', '.config', 'tsconfig.json', 'package.json'])
    cpSync(name, join(root, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { lint: string } };
  const [command = ''] = scripts.lint.split('&&');
  const PATH = `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH']}`;
  const env = { ...process.env, PATH };
  return spawnSync('sh', ['-c', `${command} ${options}`], { cwd: root, encoding: 'utf8', env });
}

interface Diagnostic {
  filename: string;
  code: string;
  severity: string;
  help?: string;
}

describe('the lint command', () => {
  test('when files break a rule each then it fails, with an error for each', () => {
    const files = Object.fromEntries(BROKEN.map(([file, text]) => [file, text]));
    const { status, stdout } = lint({ ...files, 'src/cli/wait.ts': AWAITED }, '--format json');
    expect(status).toBe(1);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    expect(diagnostics).toHaveLength(BROKEN.length);
    for (const [filename, , code, help] of BROKEN) {
      const shown = help === undefined ? {} : { help: expect.stringContaining(help) as string };
      const error = { filename, code, severity: 'error', ...shown };
      expect(diagnostics).toContainEqual(expect.objectContaining(error));
    }
  });

  test('when a file breaks none then it passes', () => {
    expect(lint({ 'src/cli/wait.ts': AWAITED })).toMatchObject({ status: 0 });
  });

  test('when a folder is not in the table of floors then it fails', () => {
    const { status, stdout } = lint({ 'src/new-room/door.ts': 'export const door = 1;\n' });
    expect(stdout).toContain('no row for src/new-room');
    expect(status).toBe(1);
  });
});
