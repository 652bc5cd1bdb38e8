import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';

interface Check {
  id: string;
  status: string;
  what: string;
  fix?: string;
}

test('when portia.json and a run are broken then doctor says so, tries the rest and leaves nothing', async () => {
  const cwd = makeProject({ 'portia.json': '{ "model":', 'runs/prun-18d9aa91-0066-413f-af32-b979bce89821.json': '{' });
  const { code, stdout } = await portia(['doctor', '--json'], { cwd });
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  const find = (id: string) => checks.find((check) => check.id === id);
  expect(code).toBe(1);
  expect(find('settings.broken')).toMatchObject({ status: 'failed', what: expect.stringContaining('portia.json') });
  expect(find('storage.runs')).toMatchObject({
    status: 'ok',
    what: expect.stringContaining('write, flush, rename, hard link, exclusive creation, lock'),
  });
  expect(checks.filter(({ id }) => id.startsWith('runs'))).toMatchObject([{ status: 'warning' }]);
  expect(find('runs')).toBeUndefined();
  expect(find('tool.run_sql')).toMatchObject({ status: 'off', fix: expect.stringContaining('db_path=') });
  expect(find('tool.llm_tool')).toMatchObject({ status: 'off' });
  expect(find('tool.calculator_tool')).toMatchObject({ status: 'ok' });
  expect(readdirSync(cwd).sort()).toEqual(['.home', 'portia.json', 'runs']);
  expect(readdirSync(join(cwd, 'runs'))).toHaveLength(1);
});

test('when there is no model then doctor says once what to do about it', async () => {
  const { code, stdout } = await portiaHere(['doctor', '--format', 'human'], { cwd: makeProject() });
  expect([code, stdout.match(/portia help offline/g)?.length]).toEqual([0, 1]);
  expect(stdout).toMatch(
    /planning: [^]*execution: [^]*introspection: [^]*summarizer: .*\n(?: {2}\S.*\n)* {4}export OPENAI_API_KEY/,
  );
  // Only what is to be pasted may be wider than the terminal.
  expect(stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('    '))).toEqual([]);
});

test('when a module of tools is broken then doctor says so and tries the rest', async () => {
  const cwd = makeProject({ 'portia.json': { tools: { modules: ['tools.mjs'] } } });
  writeFileSync(join(cwd, 'tools.mjs'), 'export const tools = [{}');
  mkdirSync(join(cwd, 'plans'));
  const { code, stdout } = await portiaHere(['doctor', '--json'], { cwd });
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  expect(code).toBe(1);
  expect(checks).toContainEqual(
    expect.objectContaining({ status: 'failed', what: expect.stringContaining('tools.mjs') }),
  );
  expect(checks.at(-1)?.id).toBe('terminal');
});

test('when a query names no database then the call says which argument or variable names it', async () => {
  const { code, stderr } = await portiaHere(['tools', 'call', 'run_sql', 'query=select 1'], { cwd: makeProject() });
  expect(code).toBe(1);
  expect(stderr).toContain('db_path=path/to/file.db');
  expect(stderr).toContain('SQLITE_DB_PATH');
  expect(stderr).not.toContain('is off');
});
