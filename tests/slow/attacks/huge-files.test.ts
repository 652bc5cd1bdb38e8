import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { ended, startPortia, UNTRUSTED, type Ended } from '../../support/portia.js';
import { makeXlsx } from '../../tools/builtin/make-xlsx.js';
import { plan, tool } from '../../e2e/trust-project.js';
import { makeCloned } from './attacked-project.js';

const FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
const wide = (columns: number): string => {
  const row = (cell: (index: number) => string) => Array.from({ length: columns }, (_, index) => cell(index)).join();
  return `${row((index) => `c${index}`)}\n${row(() => '1')}\n`;
};

const FILES: [string, () => string | Buffer][] = [
  ['far.xlsx', () => makeXlsx([['a']], FAR)],
  ['wide.csv', () => wide(100_000)],
  ['wider.csv', () => wide(1_000_000)],
  ['long.csv', () => 'a,b\n' + ',\n'.repeat(5_000_000)],
  ['deep.json', () => '['.repeat(5_000_000)],
  ['long.json', () => `[${'[],'.repeat(5_000_000)}1]`],
  ['packed.xlsx', () => makeXlsx([['x'.repeat(100_000_000)]], '', { deflate: true })],
];

/** Ends with the test, whatever becomes of it. */
function start(args: string[], { cwd, home }: { cwd: string; home: string }): Promise<Ended> {
  const child = startPortia(args, { cwd, env: { ...UNTRUSTED, HOME: home } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return ended(child, '');
}

describe.each(FILES)('when a small file means a lot of work, as %s', (name, content) => {
  test.each<[string, string[]]>([
    ['run-plan', ['run-plan', 'plan.json', '--timeout', '3s']],
    ['tools call', ['tools', 'call', 'file_reader_tool', `filename=${name}`, '--timeout', '3s']],
  ])(
    'then %s ends',
    async (_command, args) => {
      const step = { ...tool('file_reader_tool', { filename: name }), timeout_ms: 2_000 };
      const project = makeCloned({ 'plan.json': plan(step) });
      writeFileSync(join(project.cwd, name), content());
      const { signal, code } = await start(args, project);
      expect({ signal, isNumber: typeof code }).toEqual({ signal: null, isNumber: 'number' });
    },
    60_000,
  );
});

test('when a file is a pipe to which nobody writes then reading it ends', async () => {
  const project = makeCloned({ 'plan.json': plan(tool('file_reader_tool', { filename: 'pipe.txt' })) });
  expect(spawnSync('mkfifo', [join(project.cwd, 'pipe.txt')]).status).toBe(0);
  expect((await start(['run-plan', 'plan.json', '--timeout', '3s'], project)).code).not.toBe(0);
}, 60_000);
