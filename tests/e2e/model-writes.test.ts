import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { openPortia, playModel, printedQuestions } from '../support/scenario.js';

/** A tool module that consists of two files. */
const OWN_PART = {
  'portia.json': { tools: { modules: ['./own.mjs'] } },
  'own.mjs': `import { more } from './lib/part.mjs'; import { defineTool } from 'portia'; import { z } from 'zod';
export const own = defineTool({ id: 'own', name: 'Own', description: more, effect: 'read', args: z.object({}), run: () => 1 });`,
  'lib/part.mjs': "export const more = 'More';",
};

/** A step whose model writes the files in this order, whatever its task says. */
async function project(files: string[], step: object = {}) {
  const writer = { task: 'Write a summary to summary.txt.', tool_id: 'file_writer_tool', output: '$r', ...step };
  const plan = { plan_context: { query: 'Write it down', tool_ids: ['file_writer_tool'] }, steps: [writer] };
  const toolCalls = files.map((filename) => ({ name: 'file_writer_tool', arguments: { filename, content: 'text' } }));
  const model = await playModel([{ match: /Task: Write/, reply: { toolCalls } }]);
  const cwd = makeProject({ 'plan.json': plan, 'portia.json': {} });
  return { cwd, env: model.environment, has: (name: string) => existsSync(join(cwd, name)) };
}

const RUN = ['run-plan', 'plan.json', '--no-prompt'];

describe('a new file whose name a model chose', () => {
  test('when the task has the name then nobody is asked', async () => {
    const { cwd, env, has } = await project(['summary.txt']);
    expect((await portiaHere(RUN, { cwd, env })).code).toBe(0);
    expect(has('summary.txt')).toBe(true);
  });

  test('when writes of the step has it then nobody is asked', async () => {
    const { cwd, env, has } = await project(['reports/may.md'], { writes: ['reports/*.md'] });
    expect((await portiaHere(RUN, { cwd, env })).code).toBe(0);
    expect(has('reports/may.md')).toBe(true);
  });

  test('when nothing of the plan gives it then a person is asked, and answers on another day', async () => {
    const { cwd, env, has } = await project(['other.txt']);
    const asked = await portiaHere(RUN, { cwd, env });
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([
      { tool_id: 'file_writer_tool', user_guidance: expect.stringContaining('a name that a model chose') },
    ]);
    expect(has('other.txt')).toBe(false);
    expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env })).code).toBe(0);
    expect(has('other.txt')).toBe(true);
  });

  test.each([
    [['--approve', 'file_writer_tool'], 0],
    [[], 8],
  ])('when it is approved by %j then the run exits with %i', async (flags, code) => {
    const { cwd, env, has } = await project(['other.txt']);
    expect((await portiaHere([...RUN, ...flags], { cwd, env })).code).toBe(code);
    expect(has('other.txt')).toBe(code === 0);
  });
});

describe('a yes for the rest of the run', () => {
  test('when it is given by --answer then later calls are made, but never of a file that is run as code', async () => {
    const { cwd, env, has } = await project(['a.txt', 'b.txt', 'sub/portia.json', 'c.txt']);
    const asked = await portiaHere(RUN, { cwd, env });
    const [question] = printedQuestions(asked.stderr).questions;
    expect(question?.commands).toContainEqual(expect.stringMatching(/--answer verify=run$/));
    const answered = await portiaHere(['answer', 'last', 'verify=run'], { cwd, env });
    expect(answered.code).toBe(0);
    const code = await portiaHere(['resume', 'last', '--no-prompt'], { cwd, env });
    expect([code.code, has('a.txt'), has('b.txt'), has('sub/portia.json')]).toEqual([8, true, true, false]);
    expect(printedQuestions(code.stderr).questions).toMatchObject([{ args: { filename: 'sub/portia.json' } }]);
    expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env })).code).toBe(0);
    expect(readFileSync(join(cwd, 'c.txt'), 'utf8')).toBe('text');
  });

  test('when it is given at the prompt then the next call is made at once', async () => {
    const { cwd, env, has } = await project(['a.txt', 'b.txt']);
    const terminal = openPortia(['run-plan', 'plan.json'], { cwd, env });
    await terminal.waitFor('with exactly these 2 arguments?');
    terminal.type('a');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect([has('a.txt'), has('b.txt')]).toEqual([true, true]);
  });

  test('when --approve names the tool then a file that is run as code is asked about all the same', async () => {
    const { cwd, env, has } = await project(['node_modules/x/index.js']);
    expect((await portiaHere([...RUN, '--approve', 'file_writer_tool'], { cwd, env })).code).toBe(8);
    expect(has('node_modules/x/index.js')).toBe(false);
  });
});

test.each([
  ['lib/part.mjs', OWN_PART],
  ['model.sh', { 'portia.json': { model: 'exec:./model.sh' }, 'model.sh': 'echo' }],
])(
  'when %s is a part of code of the project then it is not overwritten, whatever was approved',
  async (filename, files) => {
    const steps = [{ kind: 'tool', tool_id: 'file_writer_tool', args: { filename, content: 'NEW' }, output: '$r' }];
    const plan = { plan_context: { query: 'Write it', tool_ids: ['file_writer_tool'] }, steps };
    const cwd = makeProject({ ...files, 'plan.json': plan });
    const before = readFileSync(join(cwd, filename), 'utf8');
    const ended = await portiaHere([...RUN, '--approve', '*'], { cwd });
    expect(ended.code).toBe(8);
    expect(printedQuestions(ended.stderr).questions).toMatchObject([
      { user_guidance: expect.stringContaining('a part of code that portia runs') },
    ]);
    expect(readFileSync(join(cwd, filename), 'utf8')).toBe(before);
  },
);

test('when the tool is called directly then --approve beside the arguments is a yes to that call', async () => {
  const cwd = makeProject({ 'portia.json': {} });
  const call = ['tools', 'call', 'file_writer_tool', 'filename=sub/portia.json', 'content={}'];
  expect((await portiaHere(call, { cwd })).code).toBe(8);
  expect((await portiaHere([...call, '--approve', 'file_writer_tool'], { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, 'sub/portia.json'), 'utf8')).toBe('{}');
});

test('when --allow-path names a hidden folder of the home folder then it stays closed', async () => {
  const read = (filename: string) => ({
    plan_context: { query: 'Read it', tool_ids: ['file_reader_tool'] },
    steps: [{ kind: 'tool', tool_id: 'file_reader_tool', args: { filename }, output: '$text' }],
  });
  const home = makeProject({
    '.ssh/id.txt': 'KEY',
    'open/a.txt': 'A',
    'project/portia.json': { allow_paths: ['../.ssh'] },
    'project/key.json': read('../.ssh/id.txt'),
    'project/open.json': read('../open/a.txt'),
  });
  const run = (plan: string) =>
    portiaHere(['run-plan', plan, '--allow-path', '../.ssh', '--allow-path', '..', '--format', 'value'], {
      cwd: join(home, 'project'),
      env: { HOME: home },
    });
  const closed = await run('key.json');
  expect(closed.code).toBe(1);
  expect(closed.stderr.replaceAll(/\s+/g, ' ')).toContain('no allowed path opens hidden folders of the home folder');
  expect((await run('open.json')).stdout).toBe('A\n');
});
