import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import type { CopyReport } from '../../src/ui/copied-view.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { emptyStoreUrl, HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';
import { runIds } from '../support/scenario.js';
import { makeRun, storeIn } from '../storage/examples.js';
import { makeRunProject, RUN_PLAN, startUntil } from './gated-project.js';

/** An inner plan that asks, between a large value and a file that is written. */
const PLAN = {
  plan_context: { query: 'ask somebody', tool_ids: ['file_writer_tool'] },
  steps: [
    { kind: 'compute', expression: '[1..3000].$string()', output: '$large' },
    {
      kind: 'plan',
      plan: {
        plan_context: { query: 'ask', tool_ids: [] },
        steps: [{ kind: 'user_input', message: 'How old are you?', output: '$age' }],
      },
      output: '$age',
    },
    {
      kind: 'tool',
      tool_id: 'file_writer_tool',
      args: { filename: 'out.txt', content: '{{ $age }} {{ $count($large) }}' },
      output: '$file',
    },
  ],
};

const WAITING = ['run-plan', 'plan.json', '--end-user', 'ada', '--key', 'order-7'];
/** Of one waiting run with the run inside it. */
const ALL = { plan: 2, run: 2, end_user: 1, start_key: 1 };

async function waitingProject(): Promise<{ cwd: string; id: string }> {
  const cwd = makeProject({ 'plan.json': PLAN });
  const begun = await portiaHere(WAITING, { cwd });
  expect(begun.code).toBe(8);
  const { id, plan_id: plan } = JSON.parse(begun.stdout);
  expect((await portiaHere(['comment', plan, '2', 'Ask <Ada>', '--by', 'Ben'], { cwd })).code).toBe(0);
  return { cwd, id };
}

async function copy(cwd: string, from: string, to: string): Promise<CopyReport & { code: number | null }> {
  const { code, stdout, stderr } = await portiaHere(['store', 'copy', from, to, '--json'], { cwd });
  expect({ stderr, stdout }).toMatchObject({ stdout: expect.stringContaining('{') });
  return { code, ...JSON.parse(stdout) };
}

const numbers = ({ counts }: CopyReport, what: 'copied' | 'same' | 'further' | 'left_out') =>
  Object.fromEntries(Object.entries(counts).map(([kind, of]) => [kind, of[what]]));
const NONE = { plan: 0, run: 0, end_user: 0, start_key: 0 };

/** Copies from `from` to `to`, finishes the run there, and copies it back. */
async function thereAndBack({ cwd, id }: { cwd: string; id: string }, from: string, to: string): Promise<void> {
  const at = (store: string, ...args: string[]) => portiaHere([...args, '--store', store], { cwd });
  const first = await copy(cwd, from, to);
  expect([first.code, numbers(first, 'copied'), first.left_out]).toEqual([0, ALL, []]);
  const again = await copy(cwd, from, to);
  expect([again.code, numbers(again, 'copied'), numbers(again, 'same')]).toEqual([0, NONE, ALL]);

  expect(JSON.parse((await at(to, 'show', id)).stdout)).toEqual(JSON.parse((await at(from, 'show', id)).stdout));
  const { plan_id: plan } = JSON.parse((await at(to, 'show', id)).stdout);
  const comments = JSON.parse((await at(to, 'comment', plan)).stdout);
  expect(comments).toMatchObject({ comments: [{ step: '1', text: 'Ask <Ada>', author: { name: 'Ben' } }] });
  expect(comments).toEqual(JSON.parse((await at(from, 'comment', plan)).stdout));
  expect((await at(to, 'verify', id)).code).toBe(0);
  // The key of the start is that of the run there, too, which is not begun again.
  const started = await at(to, ...WAITING);
  expect([started.code, JSON.parse(started.stdout).id]).toEqual([8, id]);
  expect(await at(to, 'resume', id, '--answer', 'age=36')).toMatchObject({ code: 0 });
  expect(readFileSync(join(cwd, 'out.txt'), 'utf8')).toBe('36 3000');

  const further = await copy(cwd, from, to);
  expect([further.code, numbers(further, 'further')]).toEqual([0, { ...NONE, run: 2 }]);
  const back = await copy(cwd, to, from);
  expect([back.code, numbers(back, 'copied'), back.left_out]).toEqual([0, { ...NONE, run: 2 }, []]);
  expect(JSON.parse((await at(from, 'show', id)).stdout)).toMatchObject({ state: 'COMPLETE' });
  expect((await at(from, 'verify', id)).code).toBe(0);
}

describe('portia store copy', () => {
  test('when a folder is copied to another one then all is there, continues there, and comes back', async () => {
    await thereAndBack(await waitingProject(), 'file:', 'file:other');
  });

  test.runIf(HAS_POSTGRES)(
    'when a folder is copied to a database then all of it is there, and comes back',
    async () => {
      await thereAndBack(await waitingProject(), 'file:', (await newStoreUrl()).url);
    },
  );

  test.runIf(HAS_POSTGRES)('when a queued run is copied to a database then its worker continues it', async () => {
    const { url } = await newStoreUrl();
    const cwd = makeProject({ 'plan.json': { ...PLAN, steps: PLAN.steps.slice(0, 1) } });
    expect((await portiaHere(['run-plan', 'plan.json', '--queue'], { cwd })).code).toBe(0);
    expect((await copy(cwd, 'file:', url)).code).toBe(0);
    const env = { PORTIA_STORE: url };
    expect((await portiaHere(['worker', '--until-idle'], { cwd, env })).code).toBe(0);
    expect(JSON.parse((await portiaHere(['list'], { cwd, env })).stdout)).toMatchObject([{ state: 'COMPLETE' }]);
  });

  test('when signals wait for a run then they stay, and the copy says so', async () => {
    const cwd = makeProject();
    for (const key of ['7', '8']) await portiaHere(['signal', 'payment', '--key', key], { cwd });
    expect(await copy(cwd, 'file:', 'file:other')).toMatchObject({ code: 0, signals_left: 2 });
    const { stdout } = await portiaHere(['store', 'copy', 'file:', 'file:other', '--format', 'human'], { cwd });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('2 signals that no run has taken stay in file:');
    expect(await copy(cwd, 'file:other', 'file:')).toMatchObject({ signals_left: 0 });
  });

  test.runIf(HAS_POSTGRES)('when the database has no tables then it is said how they are made', async () => {
    const { url } = emptyStoreUrl();
    const refused = await portiaHere(['store', 'copy', 'file:', url], { cwd: makeProject() });
    expect(expectError(refused, { code: 'storage-failed', exit: 10 }).fix).toMatch(
      /^portia store init --store '?postgres/,
    );
  });

  test('when something else is there then it stays, is named, and the rest is copied', async () => {
    const { cwd, id } = await waitingProject();
    await copy(cwd, 'file:', 'file:other');
    // The same run is continued in both places, and something else is known of Ada.
    for (const store of ['file:', 'file:other']) {
      const answer = `age=${store.length}`;
      expect((await portiaHere(['resume', id, '--answer', answer, '--store', store], { cwd })).code).toBe(0);
      rmSync(join(cwd, 'out.txt'));
    }
    const ada = join(cwd, 'users', readdirSync(join(cwd, 'users')).find((name) => name.endsWith('.json')) ?? '');
    writeFileSync(ada, JSON.stringify({ ...JSON.parse(readFileSync(ada, 'utf8')), name: 'Ada' }));
    const [key = ''] = readdirSync(join(cwd, 'other/runs/keys'));
    const other = id.replace(/.{4}$/, '0000');
    writeFileSync(join(cwd, 'other/runs/keys', key), JSON.stringify({ key: 'order-7', run_id: other }));
    writeFileSync(join(cwd, 'more.json'), JSON.stringify({ ...PLAN, steps: PLAN.steps.slice(0, 1) }));
    expect((await portiaHere(['run-plan', 'more.json'], { cwd })).code).toBe(0);

    const report = await copy(cwd, 'file:', 'file:other');
    expect([report.code, numbers(report, 'copied')]).toEqual([2, { ...NONE, plan: 1, run: 1 }]);
    expect(report.left_out.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['end_user', 'differs'],
      ['run', 'differs'],
      ['run', 'differs'],
      ['start_key', 'differs'],
    ]);
    expect(report.left_out[2]).toMatchObject({ id, why: expect.stringContaining('continued in both places') });
    const shown = await portiaHere(['store', 'copy', 'file:', 'file:other', '--format', 'human'], { cwd });
    expect(shown.stdout).toContain('4 items left out');
    expect(shown.stdout).toContain('end user ada: Something else is known there.');
  });

  test('when a run is driven then it is left out and named, and the next copy takes it', async () => {
    const { folder: cwd, env } = makeRunProject('gate_tool');
    const driver = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
    const report = await copy(cwd, 'file:', 'file:other');
    expect([report.code, report.left_out]).toMatchObject([
      7,
      [{ kind: 'run', outcome: 'driven', why: expect.stringContaining(`Process ${driver.pid}`) }],
    ]);
    writeFileSync(join(cwd, 'gate'), '');
    expect(await ended(driver)).toMatchObject({ code: 0 });
    expect(numbers(await copy(cwd, 'file:', 'file:other'), 'copied')).toMatchObject({ run: 1 });
  });

  test('when a run has no events, or cannot be read, then it is left out and the others are copied', async () => {
    const { cwd, id } = await waitingProject();
    const { metadata: _none, ...foreign } = JSON.parse(readFileSync(join(cwd, 'runs', `${id}.json`), 'utf8'));
    const sdkId = 'prun-b8a1cbd9-6a5e-4a57-9f0c-9f0f9f7c1b11';
    writeFileSync(join(cwd, 'runs', `${sdkId}.json`), JSON.stringify({ ...foreign, id: sdkId }));
    const log = join(cwd, 'runs', id, 'events.ndjson');
    writeFileSync(log, readFileSync(log, 'utf8').replace('ask somebody', 'ask nobody').replace('"seq":2', '"seq":9'));
    const report = await copy(cwd, 'file:', 'file:other');
    expect(report.code).toBe(2);
    expect(report.left_out).toMatchObject([
      { kind: 'run', id, outcome: 'refused' },
      { kind: 'run', id: sdkId, outcome: 'refused', why: expect.stringContaining('no events') },
    ]);
    expect(numbers(report, 'copied')).toMatchObject({ run: 1, start_key: 0 });
  });

  test('when it is killed on its way then the next copy completes it', async () => {
    const cwd = makeProject();
    const store = storeIn(cwd);
    for (let index = 100; index < 130; index += 1) {
      await makeRun(store, { id: `prun-01890000-0000-7000-8000-000000000${index}` });
    }
    const copying = startPortia(['store', 'copy', 'file:', 'file:other'], { cwd });
    await vi.waitFor(() => expect(runIds(join(cwd, 'other')).length).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 5,
    });
    copying.kill('SIGKILL');
    await ended(copying);
    const report = await copy(cwd, 'file:', 'file:other');
    expect([report.code, report.left_out]).toEqual([0, []]);
    expect(report.counts.run.copied + report.counts.run.same).toBe(30);
    expect(runIds(join(cwd, 'other'))).toEqual(runIds(cwd));
    expect(readdirSync(join(cwd, 'other/runs')).filter((name) => name.startsWith('.'))).toEqual(['.portia-changes']);
  });

  test('when the places are not two stores then it is said what they are', async () => {
    const cwd = makeProject();
    for (const places of [
      [],
      ['file:'],
      ['file:', 'file:a', 'file:b'],
      ['file:', 'memory:'],
      ['file:', 'file:.'],
      ['file:', 'folder'],
    ]) {
      const refused = await portiaHere(['store', 'copy', ...places], { cwd });
      expect([places, refused.code, refused.stdout]).toEqual([places, 2, '']);
    }
  });
});
