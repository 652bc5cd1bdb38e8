import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const env = UNTRUSTED;
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write('There is no python3 here: a new tool in Python is NOT TESTED.\n');
const languages = ['ts', 'js', 'sh', ...(hasPython ? ['python'] : [])];

const settingsOf = (cwd: string): unknown => JSON.parse(readFileSync(join(cwd, 'portia.json'), 'utf8'));

describe('portia tools new', () => {
  test.each(languages)(
    'when a tool is made in %s then it works, its test passes, and no other yes is needed',
    async (language) => {
      const cwd = makeProject();
      const made = await portiaHere(['tools', 'new', 'count_words', '--language', language], { cwd, env });
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { files, next } = JSON.parse(made.stdout) as { files: string[]; next: string[] };
      expect(files.map((file) => existsSync(join(cwd, file)))).toEqual([true, true]);
      expect(next[0]).toBe('portia tools test count_words');
      const tested = await portiaHere(['tools', 'test', '--format', 'human'], { cwd, env });
      expect(tested).toMatchObject({ code: 0, stderr: '' });
      expect(tested.stdout).toContain('3 cases passed, 0 failed');
      const call = ['tools', 'call', 'count_words', 'text=a b', '--format', 'value'];
      expect(await portiaHere(call, { cwd, env })).toMatchObject({ code: 0, stdout: '2\n' });
    },
  );

  test('when a project has settings then they stay, and a module that they name already is not named again', async () => {
    const settings = { planner: 'offline', tools: { modules: ['./tools/*.ts'], disable: ['weather_tool'] } };
    const cwd = makeProject({ 'portia.json': settings, 'tools/empty.ts': 'export const a = [];\n' });
    expect((await portiaHere(['tools', 'new', 'first'], { cwd })).code).toBe(0);
    expect(settingsOf(cwd)).toEqual(settings);
    expect((await portiaHere(['tools', 'new', 'second', '--language', 'js'], { cwd })).code).toBe(0);
    expect(settingsOf(cwd)).toMatchObject({
      ...settings,
      tools: { ...settings.tools, modules: ['./tools/*.ts', './tools/second.mjs'] },
    });
    expect((await portiaHere(['tools', 'new', 'third', '--language', 'sh'], { cwd })).code).toBe(0);
    expect(settingsOf(cwd)).toMatchObject({ programs: { third: { effect: 'read' } } });
  });

  test('when a project is not trusted then what is written into it is not, either', async () => {
    const cwd = makeProject({ 'portia.json': { approvals: { 'send_*': 'allow' } } });
    expect((await portiaHere(['tools', 'new', 'count_words', '--language', 'sh'], { cwd, env })).code).toBe(0);
    expectError(await portiaHere(['tools', 'test'], { cwd, env }), { code: 'project-untrusted', exit: 6 });
  });

  test.each([
    ['Count-Words', 'ts', '"Count-Words" cannot be the id of a new tool.'],
    ['../up', 'ts', '"../up" cannot be the id of a new tool.'],
    ['count', 'perl', 'A new tool cannot be written in "perl".'],
    ['calculator_tool', 'ts', 'The tool calculator_tool exists already.'],
    ['deploy', 'sh', 'The tool deploy exists already.'],
    ['there', 'ts', 'The file tools/there.ts exists already.'],
  ])('when the tool is %s in %s then nothing is written', async (id, language, message) => {
    const deploy = { description: 'Deploys.', command: ['true'] };
    const cwd = makeProject({ 'portia.json': { programs: { deploy } }, 'tools/there.ts': 'mine' });
    const refused = await portiaHere(['tools', 'new', id, '--language', language], { cwd });
    expect(expectError(refused, { code: 'usage', exit: 2 }).message).toBe(message);
    expect(settingsOf(cwd)).toEqual({ programs: { deploy } });
    expect(readFileSync(join(cwd, 'tools/there.ts'), 'utf8')).toBe('mine');
  });
});

describe('portia tools test', () => {
  const program = (script: string, more: object = {}) => ({
    description: 'Acts.',
    command: ['sh', '-c', script],
    ...more,
  });
  const cases = (...all: object[]) => JSON.stringify({ tool: 'act', cases: all });
  const project = (script: string, text: string, more: object = { effect: 'read' }) =>
    makeProject({ 'portia.json': { programs: { act: program(script, more) } }, 'tools/act.test.json': text });

  test('when a case ends in another way than it says then that is told: exit 1', async () => {
    const question = '{"category": "Input", "argument_name": "day", "user_guidance": "Which?"}';
    const asks = `echo '{"kind": "clarifications", "clarifications": [${question}]}' >&3`;
    const cwd = project(asks, cases({ asks: ['day'] }, { name: 'gives', result: 1 }, { asks: ['room'] }));
    const tested = await portiaHere(['tools', 'test', 'act'], { cwd });
    expect(tested.code).toBe(1);
    expect(JSON.parse(tested.stdout)).toMatchObject([
      { file: 'tools/act.test.json', tool: 'act', name: 'case 1', ok: true },
      { name: 'gives', ok: false, problem: 'asked for day' },
      { name: 'case 3', ok: false },
    ]);
  });

  test.each([
    ['gives another value', 'echo 1', { result: '2' }, 'gave "1"'],
    ['fails', 'echo no >&2; exit 1', { result: '' }, 'failed: it exited with code 1: no'],
    ['fails in another way', 'echo no >&2; exit 1', { failure: 'yes' }, 'failed: it exited with code 1: no'],
    ['does not fail', 'echo 1', { failure: 'no' }, 'gave "1"'],
    ['breaks', 'kill -9 $$', { result: '' }, 'failed: it was ended by SIGKILL, and wrote nothing to standard error'],
  ])('when the tool %s then the case says so', async (_what, script, wanted, problem) => {
    const cwd = project(script, cases(wanted));
    const tested = await portiaHere(['tools', 'test'], { cwd });
    expect(tested.code).toBe(1);
    expect(JSON.parse(tested.stdout)).toMatchObject([{ ok: false, problem }]);
  });

  test('when a tool breaks in its look before a call then the case says so', async () => {
    const tool = `import { defineTool } from 'portia';
      import * as z from 'zod';
      export const act = defineTool({ id: 'act', name: 'Act', description: 'Acts.', effect: 'read', args: z.object({}),
        inspect: () => { throw new Error('no view'); }, run: () => 'done' });`;
    const cwd = makeProject({
      'portia.json': { tools: { modules: ['./act.mjs'] } },
      'act.mjs': tool,
      'tools/act.test.json': cases({ result: 'done' }),
    });
    const tested = await portiaHere(['tools', 'test'], { cwd });
    expect(tested.code).toBe(1);
    expect(JSON.parse(tested.stdout)).toMatchObject([
      { ok: false, problem: 'failed: act could not look at what it would do: no view' },
    ]);
  });

  test('when a tool acts then its tests call it only with a yes: exit 8', async () => {
    const cwd = project('echo done | tee acted', cases({ result: 'done' }), {});
    const refused = expectError(await portiaHere(['tools', 'test'], { cwd }), { code: 'approval-needed', exit: 8 });
    expect(refused.fix).toBe('portia tools test act --approve act');
    expect(existsSync(join(cwd, 'acted'))).toBe(false);
    expect((await portiaHere(['tools', 'test', '--approve', 'act'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, 'acted'))).toBe(true);
  });

  test.each([
    ['is empty', '', 'unreadable', 'tools/act.test.json cannot be read.'],
    ['is not a test', '{"tool": "act"}', 'unreadable', 'tools/act.test.json is not a test of a tool.'],
    [
      'wants two things',
      cases({ result: 1, failure: 'x' }),
      'unreadable',
      'tools/act.test.json is not a test of a tool.',
    ],
    ['is about no tool', '{"tool": "acct", "cases": [{"result": 1}]}', 'not-found', 'There is no tool "acct".'],
  ])('when a test file %s then that is said: exit 2', async (_what, text, code, message) => {
    const cwd = project('echo 1', text);
    expect(expectError(await portiaHere(['tools', 'test'], { cwd }), { code, exit: 2 }).message).toBe(message);
  });

  test('when there are no tests then that is said: exit 2', async () => {
    const cwd = makeProject();
    expectError(await portiaHere(['tools', 'test'], { cwd }), { code: 'not-found', exit: 2 });
    writeFileSync(join(cwd, 'portia.json'), '{}');
    const refused = await portiaHere(['tools', 'test', 'act'], { cwd });
    expect(expectError(refused, { code: 'not-found', exit: 2 }).message).toBe('There are no tests of act.');
  });
});
