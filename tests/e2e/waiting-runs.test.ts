import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, runIds } from '../support/scenario.js';

const plan = (query: string, ...steps: object[]) => ({ plan_context: { query, tool_ids: [] }, steps });
const FILES = {
  'ask.json': plan(
    'ask two things',
    ...['a', 'b'].map((name) => ({ kind: 'user_input', message: `${name}?`, output: name })),
  ),
  'done.json': plan('be done', { kind: 'compute', expression: '1', output: '$one' }),
  'fail.json': plan('fail', { kind: 'compute', expression: '$number("one")', output: '$one' }),
  'exit.json': plan('give up', { kind: 'exit', message: 'Enough.', error: true }),
};

const run = async (cwd: string, name: string): Promise<string> => {
  const before = existsSync(join(cwd, 'runs')) ? runIds(cwd) : [];
  await portiaHere(['run-plan', `${name}.json`], { cwd });
  return runIds(cwd).find((id) => !before.includes(id)) ?? '';
};
const list = async (cwd: string, ...flags: string[]) =>
  JSON.parse((await portiaHere(['list', '--json', ...flags], { cwd })).stdout) as Record<string, unknown>[];

test('when a run was stopped at its question then it is found by what it waits for, and by resume without an id', async () => {
  const cwd = makeProject(FILES);
  const terminal = openPortia(['run-plan', 'ask.json'], { cwd });
  await terminal.waitFor('a?');
  terminal.press('ctrl-c');
  expect(await terminal.exit()).toMatchObject({ code: 130 });
  const [asking = ''] = runIds(cwd);
  const paused = await run(cwd, 'ask');
  const answered = await run(cwd, 'ask');
  await portiaHere(['answer', answered, 'a=1'], { cwd });
  const said = (await portiaHere(['doctor', '--json'], { cwd })).stdout;
  expect(said).toContain(`${asking} waits for an answer`);
  expect(said).toContain(`${answered} has its answers and is ready to resume`);
  await portiaHere(['cancel', answered, '--yes'], { cwd });
  await run(cwd, 'done');
  await run(cwd, 'exit');
  const waiting = await list(cwd, '--state', 'NEED_CLARIFICATION');
  expect(waiting).toMatchObject([
    { id: paused, query: 'ask two things', state: 'NEED_CLARIFICATION', open_questions: 1 },
    { id: asking, query: 'ask two things', state: 'IN_PROGRESS', open_questions: 1 },
  ]);
  expect(await list(cwd)).toMatchObject([
    { query: 'give up', open_questions: 0 },
    { query: 'be done' },
    { state: 'FAILED' },
    {},
    {},
  ]);
  const first = await portiaHere(['resume', '--answer', 'a=1', '--answer', '$b=2', '--format', 'value'], { cwd });
  expect(first).toMatchObject({ code: 0, stdout: '2\n', stderr: expect.stringContaining(`Resuming ${paused}.`) });
  const second = await portiaHere(['resume', '--answer', 'a=3', '--answer', '$b=4', '--format', 'value'], { cwd });
  expect(second).toMatchObject({ code: 0, stdout: '4\n', stderr: expect.stringContaining(`Resuming ${asking}.`) });
  expectError(await portiaHere(['resume'], { cwd }), { code: 'not-found', exit: 2 });
});

test('when there is no run at all then resume without an id says how to start one', async () => {
  const { fix } = expectError(await portiaHere(['resume'], { cwd: makeProject() }), { code: 'not-found', exit: 2 });
  expect(fix).toBe('Start one: portia run "add 1 + 2"');
});

test('when a step failed then resume without an id tries it again', async () => {
  const cwd = makeProject(FILES);
  const failed = await run(cwd, 'fail');
  await run(cwd, 'done');
  const again = await portiaHere(['resume'], { cwd });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`Resuming ${failed}.`) });
});

test('when the file of a waiting run was edited then a list believes it as little as show does', async () => {
  const cwd = makeProject(FILES);
  const id = await run(cwd, 'ask');
  const file = join(cwd, 'runs', `${id}.json`);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"NEED_CLARIFICATION"', '"COMPLETE"'));
  expect(await list(cwd)).toEqual([{ id, unreadable: expect.stringContaining('edited by hand') }]);
});

test.each(['.json', ''])('when a run%s is a symbolic link then it is not followed', async (ending) => {
  const cwd = makeProject(FILES);
  const id = await run(cwd, 'ask');
  mkdirSync(join(cwd, 'elsewhere'));
  const away = join(cwd, 'elsewhere', `it${ending}`);
  renameSync(join(cwd, 'runs', `${id}${ending}`), away);
  symlinkSync(away, join(cwd, 'runs', `${id}${ending}`));
  expect(await list(cwd)).toEqual([{ id, unreadable: expect.stringContaining('is a symbolic link') }]);
  for (const command of ['show', 'resume', 'verify']) {
    const { message } = expectError(await portiaHere([command, id], { cwd }), { code: 'unreadable', exit: 2 });
    expect(message).toMatch(/ is a symbolic link\.$/);
  }
});

test.each([
  ['answer', 'a=1'],
  ['cancel', '--yes'],
])('when the file of a run is torn then %s says that it was left out', async (command, word) => {
  const cwd = makeProject(FILES);
  const id = await run(cwd, 'ask');
  writeFileSync(join(cwd, 'runs', `${id}.json`), '{"id":');
  const ended = await portiaHere([command, id, word], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('was left out: It is not JSON') });
});
