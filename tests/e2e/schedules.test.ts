import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { isRunId } from '../../src/domain/values/ids.js';
import { openStore } from '../support/open-store.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';

const SUM = {
  plan_context: { query: 'sum', tool_ids: [] },
  plan_inputs: [{ name: '$n' }],
  steps: [{ kind: 'compute', expression: '$n + 1', output: '$sum' }],
};

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
// What a killed process had is free when its lease has run out.
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => `${(await newStoreUrl()).url}&lease=3s`]);

/** A warning without its lines. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

describe.each(STORES)('later starts on %s', (_, address) => {
  test('when a run is to begin later then no worker begins it before, and one does then', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const at = ['run-plan', 'sum.json', '-i', 'n:=1', '--format', 'value', '--at'];
    const later = (await call(...at, 'in 2h')).stdout.trim();
    const soon = (await call(...at, 'in 1ms', '--label', 'x', '--priority', '2')).stdout.trim();
    const { state, queue } = JSON.parse((await call('show', later)).stdout);
    expect([state, queue]).toEqual(['NOT_STARTED', { priority: 0, labels: [], tries: 0, wake_at: expect.any(String) }]);
    expect(Date.parse(queue.wake_at) - Date.now()).toBeGreaterThan(60 * 60_000);
    expect((await call('show', later, '--format', 'human')).stdout).toContain(`begins ${queue.wake_at}`);
    expect((await call('queue')).stdout).toContain(`"why": "until ${queue.wake_at}"`);

    const worked = await call('worker', '--until-idle');
    expect(worked.stdout).toBe(`${JSON.stringify({ run_id: soon, state: 'COMPLETE', exit_code: 0 })}\n`);
    expect(JSON.parse((await call('show', later)).stdout).state).toBe('NOT_STARTED');
    // A person need not wait.
    expect((await call('resume', later)).code).toBe(0);
  });

  test('when the lines of a batch are to begin later then each of them waits', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM, 'all.ndjson': '{"n":1}\n{"n":2}\n' });
    const year = new Date().getUTCFullYear() + 1;
    const flags = ['--batch', 'all.ndjson', '--at', `${year}-07-01 09:00`, '--zone', 'Europe/Berlin'];
    const batch = await portiaHere(['run-plan', 'sum.json', ...flags, '--json'], { cwd, env });
    const ids = batch.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).run_id);
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      const run = JSON.parse((await portiaHere(['show', id], { cwd, env })).stdout);
      expect(run.queue.wake_at).toBe(`${year}-07-01T07:00:00.000Z`);
    }
  });
});

test('when a time cannot be used then it is said why, and nothing is kept', async () => {
  const cwd = makeProject({ 'sum.json': SUM });
  const refused = async (...flags: string[]) => {
    const args = ['run-plan', 'sum.json', '-i', 'n:=1', '--format', 'json', ...flags];
    const { code, stderr } = await portiaHere(args, { cwd });
    const { message, why, fix } = printedError(stderr);
    return `${code} ${message} ${why} ${fix}`;
  };
  expect(await refused('--at', 'soon')).toMatch(/^2 --at "soon" is not a time .*--at "in 2h"$/s);
  expect(await refused('--at', '2000-01-01T00:00Z')).toMatch(/^2 .*in the past: it is 20/);
  expect(await refused('--at', '9999-12-31T00:00Z')).toMatch(/^2 .*10 years at most/);
  expect(await refused('--at', '2000-01-01T00:00', '--zone', 'Europe/Berln')).toBe(
    '2 --zone "Europe/Berln" is not known. It takes the name of a time zone of the IANA list. --zone Europe/Berlin',
  );
  expect(await refused('--zone', 'UTC')).toMatch(/^2 --zone is for a time/);
  expect(await refused('--at', 'in 1h', '--deny', 'x')).toMatch(/^2 --deny does nothing with --at/);
  expect(await refused('--at', 'in 1h', '--store', 'memory:')).toMatch(/^2 The store memory: keeps nothing/);
  expect((await portiaHere(['list'], { cwd })).stdout).toBe('[]\n');
});

describe.each(STORES)('schedules on %s', (_, address) => {
  /** A project with a schedule of each new year, whose first time was `years` years ago. */
  async function scheduled({ years, flags = [] }: { years: number; flags?: string[] }) {
    const url = await address();
    const env = { PORTIA_STORE: url };
    const cwd = makeProject({ 'sum.json': SUM });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const every = ['run-plan', 'sum.json', '-i', 'n:=1', '--every', '@yearly', '--zone', 'UTC', ...flags];
    const made = await call(...every, '--format', 'value');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^schd-\S+\n$/) });
    const store = openStore(url, cwd);
    const kept = async () => {
      const [schedule] = await store.schedules.list();
      if (schedule === undefined || 'unreadable' in schedule) throw new Error('there is no schedule');
      return schedule;
    };
    const year = new Date().getUTCFullYear();
    const newYear = (back: number) => `${year - back}-01-01T00:00:00.000Z`;
    /** As after a time without workers, or after a kill before the schedule was brought up to date. */
    const turnBack = async () => {
      const { revision, ...schedule } = await kept();
      expect(await store.schedules.replace({ ...schedule, next_at: newYear(years - 1), revision: revision + 1 })).toBe(
        true,
      );
    };
    await turnBack();
    const runs = async () => {
      const all = [];
      for await (const run of store.listRuns({ limit: 1_000 }))
        all.push('unreadable' in run ? 'unreadable' : run.state);
      return all;
    };
    return { call, cwd, env, store, kept, turnBack, runs, newYear, id: made.stdout.trim() };
  }
  const complete = (count: number) => Array.from({ length: count }, () => 'COMPLETE');

  test('when times had no worker then each gets a run, once', async () => {
    const flags = ['--missed', 'catch-up', '--priority', '3', '--label', 'night', '--end-user', 'ada'];
    const { call, kept, turnBack, runs, newYear, store } = await scheduled({ years: 3, flags });
    expect((await call('worker', '--until-idle', '--label', 'day')).stdout).toBe('');
    expect(await runs()).toEqual([]);
    expect((await call('worker', '--until-idle')).code).toBe(0);
    expect(await runs()).toEqual(complete(3));
    const { next_at: next, last } = await kept();
    expect([next, last?.due_at]).toEqual([newYear(-1), newYear(0)]);
    const [newest] = await store.listRunIds();
    expect(last?.run_id).toBe(newest);
    expect(newest && (await store.requireRun(newest)).run).toMatchObject({
      end_user_id: 'ada',
      queue: { priority: 3, labels: ['night'] },
    });
    await turnBack();
    expect((await call('worker', '--until-idle')).stdout).toBe('');
    expect(await runs()).toEqual(complete(3));
    expect(await kept()).toMatchObject({ next_at: next, last });
  });

  test('when missed times are skipped then they get no run, and it is said', async () => {
    const { call, kept, runs, newYear, id } = await scheduled({ years: 2 });
    const { stdout, stderr } = await call('worker', '--until-idle');
    expect(stdout).toBe('');
    expect(oneLine(stderr)).toContain(`2 times of ${id} had no worker, from ${newYear(1)}. They get no run.`);
    expect(await runs()).toEqual([]);
    expect(await kept()).toMatchObject({ next_at: newYear(-1), last: null, undecided: [] });
  });

  test('when missed times are asked about then a person decides', async () => {
    const { call, kept, runs, newYear, id, turnBack } = await scheduled({ years: 2, flags: ['--missed', 'ask'] });
    expect(oneLine((await call('worker', '--until-idle')).stderr)).toContain(`portia queue missed ${id}`);
    expect(await kept()).toMatchObject({ undecided: [newYear(1), newYear(0)], next_at: newYear(-1) });
    const shown = (await call('queue', 'schedules', '--format', 'human')).stdout;
    expect(shown).toContain(`portia queue missed ${id} run`);
    expect(JSON.parse((await call('queue', 'schedules')).stdout)).toMatchObject([{ id, zone: 'UTC' }]);
    expect((await call('queue', 'missed', id.slice(-8), 'run')).code).toBe(0);
    expect((await kept()).undecided).toEqual([]);
    expect(await runs()).toEqual(['NOT_STARTED', 'NOT_STARTED']);
    expect((await call('worker', '--until-idle')).code).toBe(0);
    expect(await runs()).toEqual(complete(2));

    await turnBack();
    await call('worker', '--until-idle');
    expect((await call('queue', 'missed', id, 'skip')).code).toBe(0);
    expect(await kept()).toMatchObject({ undecided: [] });
    expect(await runs()).toEqual(complete(2));
    expect((await call('queue', 'unschedule', id)).code).toBe(0);
    expect((await call('queue', 'schedules')).stdout).toBe('[]\n');
    expect((await call('queue', 'unschedule', id)).code).toBe(2);
  });

  test('when two workers look at once after one was killed then each time has one run', async () => {
    const { call, cwd, env, runs, store } = await scheduled({ years: 4, flags: ['--missed', 'catch-up'] });
    const first = startPortia(['worker'], { cwd, env });
    onTestFinished(() => void first.kill('SIGKILL'));
    await vi.waitFor(async () => expect((await store.listRunIds()).length).toBeGreaterThan(1), {
      timeout: 60_000,
      interval: 5,
    });
    const end = ended(first);
    first.kill('SIGKILL');
    await end;
    const work = async () => {
      const workers = await Promise.all([1, 2].map(async () => call('worker', '--until-idle')));
      expect(workers.map(({ code }) => code)).toEqual([0, 0]);
      expect(await runs()).toEqual(complete(4));
    };
    // A server may hold what a killed process had locked until it sees that the connection is gone.
    await vi.waitFor(work, { timeout: 60_000 });
  });

  test('when a process has only taken the key of a start then the run gets its id', async () => {
    const { call, store, newYear, id } = await scheduled({ years: 1, flags: ['--missed', 'catch-up'] });
    const taken = 'prun-019a0000-0000-7000-8000-0000000000c1';
    await store.claimKey(`${id} ${newYear(0)}`, taken);
    await call('worker', '--until-idle');
    expect(await store.listRunIds()).toEqual([taken]);
  });

  test('when another process has the run of a time then a worker that ends when nothing is left waits for it', async () => {
    const { call, store, newYear, id } = await scheduled({ years: 1, flags: ['--missed', 'catch-up'] });
    const other = (await call('run-plan', 'sum.json', '-i', 'n:=1', '--queue', '--format', 'value')).stdout.trim();
    if (!isRunId(other)) throw new Error('no run was made');
    const [created] = await store.readEvents(other);
    if (created?.type !== 'run.created') throw new Error('it does not begin with its making');
    const taken = 'prun-019a0000-0000-7000-8000-0000000000c1';
    await store.claimKey(`${id} ${newYear(0)}`, taken);
    const log = await store.createRun(taken);
    const { type, plan_id, plan_digest, step_count, end_user_id, plan_run_inputs } = created;
    log.append({ type, plan_id, plan_digest, step_count, end_user_id, plan_run_inputs });
    await log.flush();
    const working = call('worker', '--until-idle');
    await vi.waitFor(async () => expect((await store.readRun(other))?.run.state).toBe('COMPLETE'), {
      timeout: 60_000,
    });
    await sleep(1_500);
    await log.close();
    expect((await working).code).toBe(0);
    expect((await store.readRun(taken))?.run.state).toBe('COMPLETE');
  });

  test('when the plan of a schedule is gone then it is said, and other schedules continue', async () => {
    const { call, cwd, kept, id, newYear, store } = await scheduled({ years: 1, flags: ['--missed', 'catch-up'] });
    await store.removePlan((await kept()).plan_id);
    const { code, stderr } = await call('worker', '--until-idle');
    expect([code, cwd]).toEqual([0, cwd]);
    expect(oneLine(stderr)).toContain(`No run of ${id} was begun [not-found]`);
    expect((await kept()).next_at).toBe(newYear(0));
  });

  test('when the plan of a schedule is to be deleted then that is refused until the schedule is gone', async () => {
    const { call, kept, id, store } = await scheduled({ years: 1 });
    const { plan_id: plan } = await kept();
    const { code, stderr } = await call('rm', plan, '--yes', '--format', 'json');
    expect([code, printedError(stderr)]).toEqual([
      2,
      expect.objectContaining({
        message: `${plan} is the plan of the schedule ${id}.`,
        why: expect.any(String),
        fix: expect.stringContaining(`portia queue unschedule ${id}`),
      }),
    ]);
    expect(await store.readPlan(plan)).toMatchObject({ id: plan });
    expect((await call('queue', 'unschedule', id)).code).toBe(0);
    expect((await call('rm', plan, '--yes')).code).toBe(0);
    expect(await store.readPlan(plan)).toBeUndefined();
  });
});

test('when a plan inside the plan of a schedule is to be deleted then that is refused', async () => {
  const cwd = makeProject({ 'sum.json': SUM });
  const call = (...args: string[]) => portiaHere(args, { cwd });
  const { plan_id: innerPlan } = JSON.parse((await call('run-plan', 'sum.json', '-i', 'n:=1')).stdout);
  const inner = { kind: 'plan', plan: innerPlan, inputs: { n: 1 }, output: '$sum' };
  const outer = { plan_context: { query: 'q', tool_ids: [] }, steps: [inner] };
  writeFileSync(join(cwd, 'outer.json'), JSON.stringify(outer));
  const schedule = (
    await call('run-plan', 'outer.json', '--every', '@yearly', '--zone', 'UTC', '--format', 'value')
  ).stdout.trim();
  const { code, stderr } = await call('rm', innerPlan, '--yes', '--format', 'json');
  expect([code, printedError(stderr).message]).toEqual([
    2,
    `${innerPlan} is inside the plan of the schedule ${schedule}.`,
  ]);
  // A plan that cannot be read names none inside it.
  const [outerPlan = ''] = readdirSync(join(cwd, 'plans')).filter((name) => !name.includes(innerPlan));
  writeFileSync(join(cwd, 'plans', outerPlan), '{');
  expect((await call('rm', innerPlan, '--yes')).code).toBe(0);
});

test('when a process ended between the first event of a run and the next then the run still gets into the queue', async () => {
  const cwd = makeProject({ 'sum.json': SUM });
  const call = (...args: string[]) => portiaHere(args, { cwd });
  const every = ['run-plan', 'sum.json', '-i', 'n:=1', '--every', '@yearly', '--zone', 'UTC', '--missed', 'catch-up'];
  const { id } = JSON.parse((await call(...every)).stdout);
  const start = ['run-plan', 'sum.json', '-i', 'n:=1', '--queue', '--format', 'value'];
  const due = `${new Date().getUTCFullYear()}-01-01T00:00:00.000Z`;
  const run = (await call(...start, '--key', `${id} ${due}`)).stdout.trim();
  const log = join(cwd, 'runs', run, 'events.ndjson');
  writeFileSync(log, `${readFileSync(log, 'utf8').split('\n')[0]}\n`);
  rmSync(join(cwd, 'runs', `${run}.json`));
  const file = join(cwd, 'runs', 'schedules', `${id}.json`);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), next_at: due }));
  expect((await call('worker', '--until-idle')).stdout).toContain(`{"run_id":"${run}","state":"COMPLETE"`);
  expect(JSON.parse((await call('list')).stdout)).toHaveLength(1);
});

test('when a schedule cannot be made then it is said why, and nothing is kept', async () => {
  const cwd = makeProject({
    'sum.json': SUM,
    'large.json': { n: 'x'.repeat(1_000_001) },
    'secret.json': {
      ...SUM,
      plan_inputs: [{ name: '$n', schema: { type: 'string', format: 'password' } }],
      steps: [{ kind: 'compute', expression: '1', output: '$one' }],
    },
  });
  const refused = async (plan: string, ...flags: string[]) => {
    const { code, stderr } = await portiaHere(
      ['run-plan', plan, ...(flags.includes('--inputs') ? [] : ['-i', 'n:=1']), '--format', 'json', ...flags],
      { cwd },
    );
    const { message, why, fix } = printedError(stderr);
    return `${code} ${message} ${why} ${fix}`;
  };
  const daily = ['--every', '@daily', '--zone', 'UTC'];
  expect(await refused('sum.json', '--every', '0 9 * *', '--zone', 'UTC')).toMatch(
    /^2 --every "0 9 \* \* *" .*5 fields/,
  );
  expect(await refused('sum.json', '--every', '0 9 * * FUNDAY', '--zone', 'UTC')).toMatch(
    /"FUNDAY" is not a valid day/,
  );
  expect(await refused('sum.json', '--every', '0 0 30 2 *', '--zone', 'UTC')).toMatch(/^2 .* never comes/);
  expect(await refused('sum.json', '--every', '@daily')).toMatch(/^2 --every needs a time zone/);
  expect(await refused('sum.json', '--every', '@reboot')).toMatch(/^2 --every "@reboot" is not understood/);
  expect(await refused('sum.json', '--every', '@daily', '--zone', 'Mars')).toMatch(/^2 --zone "Mars" is not known/);
  expect(await refused('sum.json', ...daily, '--missed', 'never')).toMatch(/^2 /);
  expect(await refused('sum.json', ...daily, '--approve', 'x')).toMatch(/^2 --approve does nothing with --every/);
  for (const other of [
    ['--at', 'in 1h'],
    ['--key', 'k'],
    ['--batch', 'x.ndjson'],
  ]) {
    expect(await refused('sum.json', ...daily, ...other)).toMatch(/^2 --(at|key|batch) does not go with --every/);
  }
  expect(await refused('sum.json', '--queue', '--missed', 'ask')).toMatch(/^2 --missed is for --every/);
  expect(await refused('secret.json', ...daily)).toMatch(/^2 A run with the input n cannot be left to a worker/);
  expect(await refused('sum.json', ...daily, '--inputs', 'large.json')).toMatch(/^2 The inputs are too large/);
  expect(await refused('sum.json', ...daily, '-i', 'other=1')).toMatch(/^2 /);
  const call = async (...args: string[]) => portiaHere(['queue', ...args], { cwd });
  expect((await call('schedules')).stdout).toBe('[]\n');
  for (const args of [
    ['unschedule'],
    ['unschedule', 'last'],
    ['missed', 'last'],
    ['missed', 'x', 'maybe'],
    ['schedules', 'x'],
  ]) {
    expect((await call(...args)).code).toBe(2);
  }
});
