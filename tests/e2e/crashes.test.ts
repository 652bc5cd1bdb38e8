import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, inject, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { portiaForEveryUser } from '../support/package-copy.js';
import { cleanEnvironment, ended, PORTIA, portia, startPortia, type Ended, TESTED_NODE } from '../support/portia.js';
import { onlyRun, printedError, readEvents, story } from '../support/scenario.js';
import { makeRunProject, RESUME, RUN_PLAN, startUntil } from './gated-project.js';
import { ON_FILES } from '../support/tested-store.js';

const listRuns = async (folder: string) =>
  JSON.parse((await portiaHere(['list', 'runs', '--json'], { cwd: folder })).stdout) as Record<string, unknown>[];

test('when a run is killed in step 2 of 3 then it is listed without an owner and continues with step 2', async () => {
  const { folder: cwd, env, effects, atGate } = makeRunProject('gate_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  await atGate();
  expect(await listRuns(cwd)).toMatchObject([{ state: 'IN_PROGRESS', owner: { pid: child.pid } }]);
  child.kill('SIGKILL');
  await ended(child);
  const [run] = await listRuns(cwd);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', current_step_index: 1, step_count: 3 });
  expect(run).not.toHaveProperty('owner');
  writeFileSync(join(cwd, 'gate'), '');
  const resumed = await portia(RESUME, { cwd, env });
  expect(resumed).toMatchObject({ code: 0 });
  expect(effects()).toEqual(['one', 'waiting', 'waiting', 'three']);
  const steps = story(cwd, onlyRun(cwd).id).filter((line) => line.startsWith('step.started'));
  expect(steps).toEqual(['step.started 0', 'step.started 1', 'step.started 1', 'step.started 2']);
});

test('when two processes resume at once then one wins and the other ends at once with 7, naming it', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  const first = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  first.kill('SIGKILL');
  await ended(first);
  const rivals = [startPortia(RESUME, { cwd, env }), startPortia(RESUME, { cwd, env })];
  const ends = rivals.map(async (child, index) => ({ index, end: await ended(child, '') }));
  const { index, end } = await Promise.race(ends);
  const winner = rivals[1 - index];
  expect(end.code).toBe(7);
  expect(printedError(end.stderr)).toMatchObject({
    code: 'run-locked',
    message: expect.stringContaining(`Process ${winner?.pid}`),
    retryable: true,
    fix: expect.stringContaining('--take-over'),
  });
  expect(winner?.exitCode).toBeNull();
  writeFileSync(join(cwd, 'gate'), '');
  expect((await ends[1 - index])?.end.code).toBe(0);
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
});

test.runIf(ON_FILES)(
  'when a run is under way then its file is there and its results are on disk, also after it was killed',
  async () => {
    const { folder: cwd, env } = makeRunProject('gate_tool');
    const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
    const file = join(cwd, 'runs', `${(await listRuns(cwd))[0]?.['id']}.json`);
    const done = () => existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as Run).steps.length === 2;
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await ended(child);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ state: 'IN_PROGRESS', current_step_index: 1 });
  },
);

test('when a second process brings an answer then it ends with 7, and after a crash the same command continues', async () => {
  const asking = { kind: 'user_input', message: 'Who?', output: '$who' };
  const waiting = { kind: 'tool', tool_id: 'gate_tool', args: { text: '{{$who}}' }, output: '$two' };
  const block = { kind: 'if', branches: [{ when: 'true', steps: [asking, waiting] }] };
  const { folder: cwd, env, effects } = makeRunProject(block);
  expect((await portiaHere(RUN_PLAN, { cwd, env })).code).toBe(8);
  const command = [...RESUME, '--answer', '$who=Ada'];
  const path = '1.branches.0.steps.1';
  const { id } = onlyRun(cwd);
  const first = await startUntil(command, { cwd, env }, { type: 'tool.started', path });
  for (const args of [
    command,
    [...RESUME, '--answer', '$who=Bob'],
    ['answer', id, '$who=Bob'],
    ['answer', id, 'x=1'],
  ]) {
    const second = await portiaHere(args, { cwd, env });
    expect(second.code).toBe(7);
    expect(printedError(second.stderr)).toMatchObject({ message: expect.stringContaining(`Process ${first.pid}`) });
  }
  first.kill('SIGKILL');
  await ended(first);
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portiaHere([...RESUME, '--answer', '$who=Bob'], { cwd, env })).code).toBe(2);
  expect((await portiaHere(command, { cwd, env })).code).toBe(0);
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
});

test('when a run is taken over then its former owner does nothing more and ends with 7', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  const former = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  former.kill('SIGSTOP');
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(7);
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portiaHere([...RESUME, '--take-over'], { cwd, env })).code).toBe(0);
  const recorded = readEvents(cwd, onlyRun(cwd).id);
  const end = ended(former, '');
  former.kill('SIGCONT');
  const { code, stderr } = await end;
  expect([code, printedError(stderr)['code']]).toEqual([7, 'run-locked']);
  expect(readEvents(cwd, onlyRun(cwd).id)).toEqual(recorded);
  expect(onlyRun(cwd).state).toBe('COMPLETE');
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
});

/** Runs the binary with a limit on the size of files, in blocks of 512 bytes: what a full disk does to a log. */
async function withFileLimit(
  blocks: number,
  args: string[],
  call: { cwd: string; env: Record<string, string> },
): Promise<Ended> {
  const command = `ulimit -f ${blocks}; exec "$0" "$@"`;
  const env = cleanEnvironment(call.cwd, call.env);
  return ended(
    spawn('/bin/sh', ['-c', command, TESTED_NODE, PORTIA, ...args], { cwd: call.cwd, env, stdio: 'pipe' }),
    '',
  );
}

test.runIf(ON_FILES)('when nothing can be written any more then it ends with 10 before a tool is called', async () => {
  const { folder: cwd, env, effects } = makeRunProject('fail_tool');
  expect((await portiaHere(['check', 'plan.json'], { cwd, env })).code).toBe(0);
  const end = await withFileLimit(0, RUN_PLAN, { cwd, env });
  expect([end.code, printedError(end.stderr)['code']]).toEqual([10, 'storage-failed']);
  expect(effects()).toEqual([]);
});

test.runIf(ON_FILES)(
  'when the disk is full from any point on then nothing acts without a saved intent, and it continues later',
  { timeout: 600_000 },
  async () => {
    const codes: (number | null)[] = [];
    const step = inject('onlyBinary') ? 1 : 2;
    for (let blocks = 3; codes.at(-1) !== 0 && blocks < 30; blocks += step) {
      const { folder: cwd, env, effects } = makeRunProject('gate_tool');
      writeFileSync(join(cwd, 'gate'), '');
      const end = await withFileLimit(blocks, RUN_PLAN, { cwd, env });
      codes.push(end.code);
      expect({ blocks, code: end.code, stderr: end.stderr }).toMatchObject({ blocks, code: expect.toBeOneOf([0, 10]) });
      if (end.code === 0) continue;
      const said = printedError(end.stderr);
      expect(said).toMatchObject({ code: 'storage-failed', exit_code: 10 });
      const before = effects().filter((line) => line !== 'waiting');
      const [run] = await listRuns(cwd);
      if (run === undefined || 'unreadable' in run) {
        expect(before).toEqual([]);
        expect(said).toMatchObject({ resumable: false, fix: expect.stringContaining('run the same command again') });
        continue;
      }
      // The same command would begin another run, and do everything again.
      const goOn = expect.stringMatching(new RegExp(`, then continue:\nportia resume .*${run.id}$`)) as string;
      expect({ blocks, ...said }).toMatchObject({ blocks, resumable: true, run_id: run.id, fix: goOn });
      expect(JSON.parse(end.stdout)).toMatchObject({
        id: run.id,
        state: expect.toBeOneOf(['NOT_STARTED', 'IN_PROGRESS']),
      });
      await resumeWhateverItTakes(cwd, env, before);
      expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
    }
    expect(codes.at(-1)).toBe(0);
    expect(codes.filter((code) => code === 10).length).toBeGreaterThanOrEqual(4 / step);
  },
);

async function resumeWhateverItTakes(cwd: string, env: Record<string, string>, before: string[]): Promise<void> {
  const first = await portiaHere(RESUME, { cwd, env });
  if (first.code === 0) return;
  expect(first.code).toBe(8);
  const last = before.at(-1) ?? '';
  const again = await portiaHere([...RESUME, '--answer', 'outcome=happened', '--answer', `$${last}.result=${last}`], {
    cwd,
    env,
  });
  expect(again.code).toBe(0);
}

test.runIf(ON_FILES)('when runs/ is read-only then it ends with 10 before a tool is called', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  mkdirSync(join(cwd, 'runs'));
  chmodSync(join(cwd, 'runs'), 0o555);
  mkdirSync(join(cwd, 'plans'));
  for (const writable of ['plans', '.home']) chmodSync(join(cwd, writable), 0o777);
  chmodSync(cwd, 0o755);
  const binary = portiaForEveryUser();
  // The tools take the library from the checkout.
  const tools = join(cwd, 'tools/tools.mjs');
  writeFileSync(tools, readFileSync(tools, 'utf8').replaceAll(process.cwd(), dirname(dirname(binary))));
  // Nothing is read-only for root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(TESTED_NODE, [binary, ...RUN_PLAN], {
    cwd,
    env: cleanEnvironment(cwd, env),
    stdio: 'pipe',
    ...user,
  });
  const { code, stderr } = await ended(child, '');
  expect([code, printedError(stderr)['code']]).toEqual([10, 'storage-failed']);
  expect(effects()).toEqual([]);
});

test.runIf(ON_FILES)(
  'when the snapshot is truncated then it is made again from the events, and that is said',
  async () => {
    const { folder: cwd, env } = makeRunProject({ kind: 'tool', tool_id: 'log_tool', args: {}, output: '$two' });
    expect((await portiaHere(RUN_PLAN, { cwd, env })).code).toBe(8);
    const run = onlyRun(cwd);
    const snapshot = join(cwd, 'runs', `${run.id}.json`);
    truncateSync(snapshot, 300);
    const lost = expect.stringMatching(/could\s+not\s+be\s+read\s+and\s+was\s+left\s+out/);
    const shown = await portiaHere(['show', 'last', '--json'], { cwd, env });
    expect([shown.code, shown.stderr]).toEqual([0, lost]);
    const resumed = await portiaHere([...RESUME, '--answer', 'text=two'], { cwd, env });
    expect([resumed.code, resumed.stderr]).toEqual([0, lost]);
    expect(JSON.parse(readFileSync(snapshot, 'utf8'))).toMatchObject({ state: 'COMPLETE' });
  },
);
