import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { printedError, runPrinted } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const PLAN = {
  plan_context: { query: 'write', tool_ids: [] },
  steps: [{ kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'a.txt', content: 'a' }, output: '$a' }],
};
const run = async (...flags: string[]) =>
  portiaHere(['run-plan', 'plan.json', '--json', ...flags], { cwd: makeProject({ 'plan.json': PLAN }) });

test.each(['--stub=file_wirter_tool=x', '--deny=file_writer_tol'])(
  'when %s is a slip of the keyboard then nothing is run, and the tool that was meant is named',
  async (flag) => {
    const { code, stdout, stderr } = await run(flag);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(printedError(stderr)).toMatchObject({ code: 'usage', fix: expect.stringContaining('file_writer_tool') });
  },
);

test('when an approval names a tool that the plan does not call then a warning says so, and the run continues', async () => {
  const { code, stderr } = await run('--approve', 'file_writer_tool', '--approve', 'pay', '--deny', 'mcp:*');
  expect(code).toBe(0);
  expect(stderr).toContain('--approve pay changes nothing');
  expect(stderr).not.toContain('mcp');
});

test.each([
  [{ approvals: { file_wirter_tool: 'deny' } }, 'approvals', ' Did you mean file_writer_tool?'],
  [{ tools: { disable: ['file_wirter_tool'] } }, 'tools.disable', ' Did you mean file_writer_tool?'],
  [{ tools: { enable: ['own'], disable: ['*_own'] } }, 'tools.enable', ''],
  [{ tools: { describe: { file_wirter_tool: 'Writes.' } } }, 'tools.describe', ' Did you mean file_writer_tool?'],
  [{ tools: { settings: { own: { timeout_ms: 5 } } } }, 'tools.settings', ''],
])('when the settings %j name a tool that does not exist then a warning says so', async (settings, key, hint) => {
  const cwd = makeProject({ 'plan.json': PLAN, 'portia.json': settings });
  const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--json'], { cwd });
  expect(code).toBe(0);
  const name = hint === '' ? 'own' : 'file_wirter_tool';
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
    `! "${key}" in portia.json names ${name}, but no tool has this name.${hint}`,
  );
});

test('when settings of the user name tools then only slips of the names of portia are told', async () => {
  const rules = { approvals: { file_writer_tol: 'deny', tool_of_another_project: 'deny', calculator_tool: 'ask' } };
  const cwd = makeProject({ 'plan.json': PLAN, '.home/.config/portia/config.json': rules });
  const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--json'], { cwd });
  expect(code).toBe(0);
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('"approvals" in your settings names file_writer_tol');
  expect(stderr).not.toContain('another');
});

test('when the approval of a resume names a tool that the run does not call then the one that was meant is named', async () => {
  const steps = [{ kind: 'user_verify', message: 'Now?' }, ...PLAN.steps];
  const cwd = makeProject({ 'plan.json': { ...PLAN, steps } });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 8 });
  const { stderr } = await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--approve', 'file_writr_tool'], {
    cwd,
  });
  expect(stderr).toContain('--approve file_writr_tool changes nothing');
  expect(stderr).toContain('Did you mean file_writer_tool?');
});

test('when a change is accepted of a tool that the run does not call then it is refused, also once the run is complete', async () => {
  const cwd = makeProject({ 'plan.json': PLAN });
  expect(await portiaHere(['run-plan', 'plan.json', '--approve', 'file_writer_tool'], { cwd })).toMatchObject({
    code: 0,
  });
  const { code, stdout, stderr } = await portiaHere(['resume', 'last', '--accept-changed', 'file_writr_tool'], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(printedError(stderr)).toMatchObject({
    code: 'usage',
    why: expect.stringContaining('Did you mean file_writer_tool?'),
    fix: expect.stringMatching(/^portia resume prun-\S+ --accept-changed file_writer_tool$/),
  });
});

test('when a tool that is called alone asks for an argument then the command to call again is printed, and works', async () => {
  const cwd = makeProject({ 'one/a.txt': 'first', 'two/a.txt': 'second' });
  const { code, stdout, stderr } = await portiaHere(['tools', 'call', 'file_reader_tool', 'filename=a.txt'], { cwd });
  expect({ code, stdout }).toEqual({ code: 8, stdout: '' });
  const { why, fix } = printedError(stderr);
  expect(why).toContain('"one/a.txt", "two/a.txt"');
  expect(fix).toBe('portia tools call file_reader_tool filename=…');
  const again = await runPrinted(String(fix).replace('…', 'two/a.txt'), { cwd });
  expect(again).toMatchObject({ code: 0, stdout: '"second"\n' });
});

test.each([
  ['once', 'Check whether it has acted before you call it again.'],
  ['read', 'Give the same command again.'],
])('when a signal stops a %s tool that is called alone then it says so', async (effect, fix) => {
  const tools = `import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
export const wait = defineTool({ id: 'wait', name: 'Wait', description: 'Waits.', effect: '${effect}', args: z.object({}),
  run: ({ signal }) => {
    writeFileSync('begun', '');
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('too late')));
  },
});`;
  const cwd = makeToolProject(tools, {});
  const child = startPortia(['tools', 'call', 'wait', '--approve', 'wait'], { cwd });
  const end = ended(child, '');
  await vi.waitUntil(() => existsSync(join(cwd, 'begun')), { timeout: 60_000 });
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await end;
  expect({ code, stdout }).toEqual({ code: 143, stdout: '' });
  expect(printedError(stderr)).toMatchObject({
    code: 'interrupted',
    message: 'SIGTERM stopped the call of wait.',
    fix,
  });
});

test('when a tool that is called alone asks for what is not an argument then it says that a run can be told', async () => {
  const tools = `import { defineTool } from 'portia';
import * as z from 'zod';
export const book = defineTool({ id: 'book', name: 'Book', description: 'Books.', effect: 'read', args: z.object({}),
  run: () => ({
    kind: 'clarifications',
    clarifications: [{ category: 'Input', user_guidance: 'Which seat?', argument_name: 'seat' }],
  }),
});`;
  const { code, stderr } = await portiaHere(['tools', 'call', 'book'], { cwd: makeToolProject(tools, {}) });
  expect(code).toBe(8);
  expect(printedError(stderr)).toMatchObject({ why: 'Which seat?', fix: expect.stringContaining('step of a plan') });
});
