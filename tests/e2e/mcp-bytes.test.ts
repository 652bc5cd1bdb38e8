import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { onlyRun } from '../support/scenario.js';
import { serverProject, serverStep } from '../support/server-project.js';

/** As the server writes its bytes in Base64. */
const BYTES = Buffer.from('bytes of a server ').toString('base64').slice(0, 20);

/** The files of all runs, without those in which values are kept. */
function recordedIn(cwd: string): string {
  const folder = join(cwd, 'runs');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('/memory/') && statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

test.each([
  ['many images', 'many-bytes', /^\["\[image\/png, 1 kB\]","\[image/],
  ['a huge sound', 'huge-bytes', /"data":"\[audio\/wav, 12583 kB\]"/],
  ['a small file', 'file-bytes', /"uri":"file:\/\/\/c\.bin","data":"\[resource, 1 kB\]"/],
  ['a type that is not one', 'lying-type', /^\[image\/unknown, 1 kB\]$/],
])('when a server gives %s then the run refers to it, and the bytes are in memory', async (_what, mode, summary) => {
  const cwd = serverProject({ modes: [mode], steps: [serverStep('parts', {})] });
  const { code, stdout, stderr } = await portiaHere(['run-plan', 'plan.json'], { cwd });
  expect(code).toBe(0);
  const { id, outputs } = onlyRun(cwd);
  const { $result: result } = outputs.step_outputs;
  expect(result).toMatchObject({ output_name: '$result', digest: expect.any(String) });
  expect(result?.summary).toMatch(summary);
  expect([recordedIn(cwd), stdout, stderr].filter((text) => text.includes(BYTES))).toEqual([]);
  const kept = readdirSync(join(cwd, 'runs', id, 'memory'));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(cwd, 'runs', id, 'memory', kept[0] ?? ''), 'utf8')).toContain(BYTES);
});

test('when a server says that bytes are in Base64 and they are not then the call fails', async () => {
  const cwd = serverProject({ modes: ['wrong-base64'], steps: [serverStep('parts', {})] });
  const { code, stderr } = await portiaHere(['run-plan', 'plan.json'], { cwd });
  expect(code).toBe(1);
  expect(stderr).toContain('it answered with something that cannot be used');
});
