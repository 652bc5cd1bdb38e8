import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { cleanEnvironment, ended, makeProject } from '../support/portia.js';

/** The JavaScript blocks of docs/library.md, which are one program. */
const program = [...readFileSync('docs/library.md', 'utf8').matchAll(/```js\n(.*?)```/gs)]
  .map(([, text]) => text)
  .join('');

test('when the examples of the page about the library are run then they print what it says', async () => {
  const dir = makeProject({ 'page.mjs': program });
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(resolve('.'), join(dir, 'node_modules/portia'));
  const child = spawn(process.execPath, ['page.mjs'], { cwd: dir, env: cleanEnvironment(dir), stdio: 'pipe' });
  const { code, stdout, stderr } = await ended(child, '');
  const said = [...program.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
  expect({ code, stderr, printed: stdout.trimEnd().split('\n') }).toEqual({ code: 0, stderr: '', printed: said });
  expect(said.length).toBeGreaterThan(8);
});
