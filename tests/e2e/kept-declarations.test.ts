import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { digestValue } from '../../src/domain/values/digest.js';
import { startModelServer } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { printedError } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool that says in files when its module is loaded and when it is called. */
const TOOLS = `import { appendFileSync, readFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
import { words } from '../lib/words.mjs';
appendFileSync('loaded', '.');
export const pay = defineTool({ id: 'pay', name: 'Pay', description: words + readFileSync('more', 'utf8'), args: z.object({ to: z.string() }),
  run: async (_context, { to }) => { appendFileSync('paid', to); return 'paid'; } });
`;
const PLAN = {
  plan_context: { query: 'q', tool_ids: [] },
  steps: [{ kind: 'tool', tool_id: 'pay', args: { to: 'Ada' }, output: '$paid' }],
};
const PLANNED = { task: 'Pay Ada.', inputs: [], tool_id: 'pay', output: '$paid', condition: null, when: null };
const project = () =>
  makeToolProject(TOOLS, { 'lib/words.mjs': `export const words = 'Pays.';`, more: '', 'plan.json': PLAN });

const LIST = ['tools', 'list'];
const loads = (cwd: string) => readFileSync(join(cwd, 'loaded'), 'utf8').length;
const describedAs = async (cwd: string) => {
  const { code, stdout, stderr } = await portiaHere(['tools', 'describe', 'pay', '--json'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
};

const folder = (cwd: string) => join(cwd, '.home/.cache/portia/tools');
function keptFile(cwd: string): string {
  const [name = '', ...others] = readdirSync(folder(cwd));
  expect(others).toEqual([]);
  return join(folder(cwd), name);
}

interface Kept {
  key: string;
  declared: [[{ effect: string; env?: string[] }]];
}

/** Somebody edits what is kept, and makes its digest fit. */
function edit(cwd: string, change: (kept: Kept) => unknown): void {
  const { digest, ...kept } = JSON.parse(readFileSync(keptFile(cwd), 'utf8')) as Kept & { digest: string };
  expect(digest).toBe(digestValue(kept));
  change(kept);
  writeFileSync(keptFile(cwd), JSON.stringify({ ...kept, digest: digestValue(kept) }));
}

describe('commands that only look at tools', () => {
  test('when nothing has changed then no module is loaded again', async () => {
    const cwd = project();
    expect((await portiaHere(LIST, { cwd })).code).toBe(0);
    const { mode } = statSync(keptFile(cwd));
    expect(mode & 0o777).toBe(0o600);
    expect((await portiaHere(LIST, { cwd })).stdout).toContain('pay');
    expect(await describedAs(cwd)).toMatchObject({ description: 'Pays.', effect: 'once' });
    expect((await portiaHere(['check', 'plan.json'], { cwd })).code).toBe(0);
    expect((await portiaHere(['doctor', '--json'], { cwd })).code).toBe(0);
    const words = await portiaHere(['completion', 'words', '--', 'tools', 'call', 'p'], { cwd });
    expect(words.stdout).toContain('pay');
    const server = await startModelServer([{ reply: { json: { steps: [PLANNED], error: null } } }]);
    const planned = await portiaHere(['plan', 'pay Ada', '--json'], { cwd, env: server.environment });
    await server.close();
    expect(planned.code).toBe(0);
    expect(JSON.stringify(server.requests)).toContain('Pays.');
    expect(loads(cwd)).toBe(1);
  });

  test('when a file of a module changes then it is loaded again, also one that it imports', async () => {
    const cwd = project();
    await portiaHere(LIST, { cwd });
    writeFileSync(join(cwd, 'lib/words.mjs'), `export const words = 'Pays twice.';`);
    expect(await describedAs(cwd)).toMatchObject({ description: 'Pays twice.' });
    writeFileSync(join(cwd, 'lib/words.mjs'), 'export const = 1;');
    const { code, stderr } = await portiaHere(['check', 'plan.json'], { cwd });
    expect(code).toBe(2);
    expect(printedError(stderr)).toMatchObject({ code: 'invalid-settings' });
    const doctor = await portiaHere(['doctor', '--json'], { cwd });
    expect(doctor.stdout).toContain('cannot be loaded');
  });
});

describe('what is kept', () => {
  test('when somebody edits it so that a tool looks harmless then a run asks, and a call is refused', async () => {
    const cwd = project();
    await portiaHere(LIST, { cwd });
    const soften = () =>
      edit(cwd, ({ declared: [[tool]] }) => Object.assign(tool, { effect: 'read', env: ['SECRET'] }));
    soften();
    expect(await describedAs(cwd)).toMatchObject({ effect: 'read' });
    const called = await portiaHere(['tools', 'call', 'pay', 'to=Eve'], { cwd, env: { SECRET: 's' } });
    expect(called.code).toBe(6);
    expect(printedError(called.stderr)).toMatchObject({
      code: 'stale',
      message: 'The tool module tools/tools.mjs declares something else than before.',
    });
    rmSync(folder(cwd), { recursive: true });
    await portiaHere(LIST, { cwd });
    soften();
    const run = await portiaHere(['run-plan', 'plan.json'], { cwd });
    expect(run.code).toBe(8);
    expect(existsSync(join(cwd, 'paid'))).toBe(false);
  });

  test('when a module declares something else from time to time then it is asked each time', async () => {
    const cwd = project();
    await portiaHere(LIST, { cwd });
    writeFileSync(join(cwd, 'more'), ' Or not.');
    // Nobody can see it in the files of the module; whoever uses the tool meets it.
    expect(await describedAs(cwd)).toMatchObject({ description: 'Pays.' });
    const call = ['tools', 'call', 'pay', 'to=Eve', '--approve', 'pay'];
    expect((await portiaHere(call, { cwd })).code).toBe(6);
    expect(existsSync(join(cwd, 'paid'))).toBe(false);
    expect((await portiaHere(call, { cwd })).code).toBe(0);
    writeFileSync(join(cwd, 'more'), ' Or twice.');
    expect(await describedAs(cwd)).toMatchObject({ description: 'Pays. Or twice.' });
  });

  test('when a tool has changed since its approval then a kept declaration does not hide it', async () => {
    const cwd = project();
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(8);
    await portiaHere(LIST, { cwd });
    writeFileSync(join(cwd, 'lib/words.mjs'), `export const words = 'Pays twice.';`);
    await portiaHere(LIST, { cwd });
    const { code, stderr } = await portiaHere(['resume', 'last', '--approve', 'pay'], { cwd });
    expect({ code, stderr: stderr.includes('has changed since the run was started') }).toEqual({
      code: 6,
      stderr: true,
    });
    expect(existsSync(join(cwd, 'paid'))).toBe(false);
  });
});
