import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';
import { makeRunProject } from './gated-project.js';

const GREETING = {
  plan_context: { query: 'greet somebody', tool_ids: [] },
  plan_inputs: [{ name: '$word' }],
  steps: [
    { kind: 'user_input', message: 'What is your name?', output: '$name' },
    { kind: 'compute', expression: '$word & " " & $name', output: '$greeting' },
  ],
};
const SUM = {
  plan_context: { query: 'sum', tool_ids: [] },
  plan_inputs: [{ name: '$n' }],
  steps: [{ kind: 'compute', expression: '$n + 1', output: '$sum' }],
};

const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const ALLOW = ['--approve', 'log_tool', '--approve', 'once_gate_tool'];

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('workers on %s', (_, address) => {
  test('when a run is left to a worker then it does what it can, and continues once the question is answered', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'greet.json': GREETING });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const submitted = await call('run-plan', 'greet.json', '-i', 'word=Hello', '--queue', '--format', 'value');
    expect(submitted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^prun-\S+\n$/) });
    const id = submitted.stdout.trim();
    expect(JSON.parse((await call('show', id)).stdout)).toMatchObject({ state: 'NOT_STARTED', queue: { priority: 0 } });

    const asked = await call('worker', '--until-idle');
    expect(asked.code).toBe(0);
    expect(lines(asked.stdout)).toEqual([
      { run_id: id, state: 'NEED_CLARIFICATION', exit_code: 8, pause: 'clarification' },
    ]);
    expect((await call('wait', id)).code).toBe(8);
    expect((await call('worker', '--until-idle')).stdout).toBe('');

    expect((await call('answer', id, 'name=Ann')).code).toBe(0);
    expect(lines((await call('worker', '--until-idle')).stdout)).toEqual([
      { run_id: id, state: 'COMPLETE', exit_code: 0 },
    ]);
    expect(await call('wait', id, '--format', 'value')).toMatchObject({ code: 0, stdout: 'Hello Ann\n' });
  });

  test('when a start is repeated with its key then there is one run, and it is not driven', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM });
    const submit = () =>
      portiaHere(['run-plan', 'sum.json', '-i', 'n:=1', '--queue', '--key', 'k', '--format', 'value'], { cwd, env });
    const [first, second] = [await submit(), await submit()];
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(JSON.parse((await portiaHere(['list'], { cwd, env })).stdout)).toMatchObject([{ state: 'NOT_STARTED' }]);
  });

  test('when there are labels and priorities then a worker continues its own runs, the most urgent first', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM });
    const submit = async (n: number, ...flags: string[]) =>
      (
        await portiaHere(['run-plan', 'sum.json', '-i', `n:=${n}`, '--queue', '--format', 'value', ...flags], {
          cwd,
          env,
        })
      ).stdout.trim();
    const [plain, low, high] = [
      await submit(1),
      await submit(2, '--label', 'night'),
      await submit(3, '--label', 'night', '--label', 'big', '--priority', '5'),
    ];
    const done = async (...flags: string[]) =>
      lines((await portiaHere(['worker', '--jobs', '1', '--until-idle', ...flags], { cwd, env })).stdout).map(
        ({ run_id: id }) => id,
      );
    expect(await done('--label', 'day', '--labels', 'big')).toEqual([high]);
    expect(await done('--label', 'night')).toEqual([low]);
    expect(await done()).toEqual([plain]);
  });

  test('when a batch is left to workers then each line is a run', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM, 'all.ndjson': '{"n":1}\n{"n":2}\n{"n":3}\n' });
    const batch = await portiaHere(['run-plan', 'sum.json', '--batch', 'all.ndjson', '--queue', '--format', 'json'], {
      cwd,
      env,
    });
    expect(batch.code).toBe(0);
    expect(lines(batch.stdout)).toMatchObject([{ line: 1, state: 'NOT_STARTED' }, { line: 2 }, { line: 3 }]);
    const done = lines((await portiaHere(['worker', '--until-idle'], { cwd, env })).stdout);
    expect(done.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
  });

  test('when a worker is killed in a call then another one continues, and nothing is done twice', async () => {
    const { folder: cwd, env: own, effects } = makeRunProject('gate_tool');
    const env = { ...own, PORTIA_STORE: await address() };
    const id = (
      await portiaHere(['run-plan', 'plan.json', '--queue', '--format', 'value'], { cwd, env })
    ).stdout.trim();
    const first = startPortia(['worker', ...ALLOW], { cwd, env });
    await vi.waitFor(() => expect(effects()).toContain('waiting'), { timeout: 60_000, interval: 50 });
    expect((await portiaHere(['wait', id, '--timeout', '10ms'], { cwd, env })).code).toBe(3);
    first.kill('SIGKILL');
    await ended(first);
    writeFileSync(join(cwd, 'gate'), '');
    expect(lines((await portiaHere(['worker', '--until-idle', ...ALLOW], { cwd, env })).stdout)).toMatchObject([
      { run_id: id, state: 'COMPLETE' },
    ]);
    expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
  });

  test('when a worker gets a signal then its run may finish, and no other one is begun', async () => {
    const { folder: cwd, env: own, effects } = makeRunProject('gate_tool');
    const env = { ...own, PORTIA_STORE: await address() };
    const submit = () => portiaHere(['run-plan', 'plan.json', '--queue', '--format', 'value'], { cwd, env });
    const [first, second] = [(await submit()).stdout.trim(), (await submit()).stdout.trim()];
    const worker = startPortia(['worker', '--jobs', '1', '--grace', '5m', ...ALLOW], { cwd, env });
    const end = ended(worker);
    await vi.waitFor(() => expect(effects()).toContain('waiting'), { timeout: 60_000, interval: 50 });
    worker.kill('SIGTERM');
    writeFileSync(join(cwd, 'gate'), '');
    expect(await end).toMatchObject({ code: 143 });
    const stateOf = async (id: string) => JSON.parse((await portiaHere(['show', id], { cwd, env })).stdout).state;
    expect([await stateOf(first), await stateOf(second)]).toEqual(['COMPLETE', 'NOT_STARTED']);
  });
});

test('when a run that was not left to workers is ready then the worker says that, and how to continue it', async () => {
  const cwd = makeProject({ 'greet.json': GREETING });
  const call = (...args: string[]) => portiaHere(args, { cwd });
  expect((await call('run-plan', 'greet.json', '-i', 'word=Hello')).code).toBe(8);
  expect((await call('worker', '--until-idle')).stderr).toBe('');
  const { id } = JSON.parse((await call('answer', 'last', 'name=Ada')).stdout);
  const idle = await call('worker', '--until-idle');
  expect(idle).toMatchObject({ code: 0, stdout: '' });
  expect(idle.stderr.replaceAll(/\s+/g, ' ')).toContain(
    `${id} is ready to resume, but was not left to workers (run-plan --queue). To continue it here: portia resume ${id}`,
  );
});

test('when flags do not fit then it is said', async () => {
  const cwd = makeProject({
    'sum.json': SUM,
    'secret.json': {
      ...SUM,
      plan_inputs: [{ name: '$n', schema: { type: 'string', format: 'password' } }],
      steps: [{ kind: 'compute', expression: '1', output: '$one' }],
    },
  });
  const refused = async (...args: string[]) => {
    const { code, stderr } = await portiaHere(['run-plan', ...args, '--format', 'json'], { cwd });
    return [code, printedError(stderr)['message']];
  };
  expect(await refused('sum.json', '-i', 'n:=1', '--label', 'x')).toEqual([2, '--label is for runs of --queue.']);
  expect(await refused('sum.json', '-i', 'n:=1', '--queue', '--deny', 'x')).toEqual([
    2,
    '--deny does nothing with --queue.',
  ]);
  expect(await refused('sum.json', '-i', 'n:=1', '--queue', '--dry-run')).toEqual([
    2,
    '--dry-run does nothing with --queue.',
  ]);
  expect(await refused('sum.json', '-i', 'n:=1', '--queue', '--store', 'memory:')).toEqual([
    2,
    'The store memory: keeps nothing for a worker.',
  ]);
  expect((await portiaHere(['worker', '--until-idle', '-o', 'x'], { cwd })).code).toBe(2);
  expect((await portiaHere(['worker', '--until-idle', '--answer', 'a=b'], { cwd })).code).toBe(2);
  expect(await refused('sum.json', '-i', 'n:=1', '--queue', '--priority', 'high')).toEqual([
    2,
    '--priority high is not a whole number.',
  ]);
  expect(await refused('secret.json', '-i', 'n=1', '--queue')).toEqual([
    2,
    'A run with the input n cannot be left to a worker.',
  ]);
});

test('when a store is named by a flag then the printed commands name it, too', async () => {
  const cwd = makeProject({ 'greet.json': GREETING });
  const paused = await portiaHere(['run-plan', 'greet.json', '-i', 'word=Hi', '--store', 'file:sub'], { cwd });
  expect(paused.code).toBe(8);
  expect(paused.stderr).toContain('portia --store file:sub resume');
});

const asOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('when the log of a run is damaged then a worker says so, and continues the others', async () => {
  const cwd = makeProject({ 'sum.json': SUM });
  const submit = async () =>
    (await portiaHere(['run-plan', 'sum.json', '-i', 'n:=1', '--queue', '--format', 'value'], { cwd })).stdout.trim();
  const [broken, sound] = [await submit(), await submit()];
  appendFileSync(join(cwd, 'runs', broken, 'events.ndjson'), 'garbage\n');
  const { code, stdout, stderr } = await portiaHere(['worker', '--until-idle'], { cwd });
  expect(code).toBe(0);
  expect(lines(stdout)).toMatchObject([{ run_id: sound, state: 'COMPLETE' }]);
  expect(stderr).toContain(`${broken} cannot be continued`);
  expect(asOneLine(stderr)).toContain(`To see more: portia show ${broken}`);
});

test('when a worker has stubs where the run has none then it says what to leave out, and the command that starts over', async () => {
  const write = { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'a.txt', content: 'a' }, output: '$a' };
  const cwd = makeProject({ 'write.json': { plan_context: { query: 'Write' }, steps: [write] } });
  const id = (await portiaHere(['run-plan', 'write.json', '--queue', '--format', 'value'], { cwd })).stdout.trim();
  const { stderr } = await portiaHere(['worker', '--until-idle', '--dry-run', '-C', '.'], { cwd });
  const said = asOneLine(stderr);
  expect(said).toContain(`${id} was not continued [stale]: These tools are stubs in one process and real in the other`);
  expect(said).toMatch(/Leave out --stub and --dry-run\. Or start over with: portia -C \. run-plan plan-/);
});
