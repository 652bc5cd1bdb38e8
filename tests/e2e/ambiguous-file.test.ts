import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import {
  expectSoundPlan,
  onlyRun,
  openPortia,
  planIds,
  printedError,
  printedQuestions,
  readRun,
  runPrinted,
  story,
} from '../support/scenario.js';

const DEMO = 'Sunny, 21 degrees.\n';
const OLD = 'Rain, 9 degrees.\n';
const TWO_COPIES = { 'demo_runs/weather.txt': DEMO, 'old/weather.txt': OLD };

function weatherProject(files: Record<string, string>, filename = 'weather.txt'): string {
  return makeProject({
    ...files,
    'read.json': {
      id: 'plan-019a0000-0000-7000-8000-000000000004',
      plan_context: { query: `read ${filename}`, tool_ids: ['file_reader_tool'] },
      steps: [{ kind: 'tool', tool_id: 'file_reader_tool', args: { filename }, output: '$text' }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

/** Runs the plan with standard input closed; gives the run that it printed. */
async function pausedRun(cwd: string): Promise<{ run: Run; stderr: string }> {
  const { code, stdout, stderr } = await portiaHere(['run-plan', 'read.json'], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 8 });
  const run = JSON.parse(stdout) as Run;
  expect(run.state).toBe('NEED_CLARIFICATION');
  expect(readRun(cwd, run.id)).toMatchObject(run);
  return { run, stderr };
}

const PAUSED = [
  'run.created',
  'run.started',
  'step.started 0',
  'tool.started 0',
  'tool.finished 0',
  'clarification.raised',
  'run.paused',
];
const ANSWERED = [
  'clarification.resolved',
  'run.resumed',
  'step.started 0',
  'tool.started 0',
  'tool.finished 0',
  'step.completed 0',
  'run.completed',
];

describe('a file name that two files have', () => {
  test('when nobody can be asked then it saves, prints the question with the command that answers it, and exits 8', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const { run, stderr } = await pausedRun(cwd);
    expect(run.pause).toEqual({ reason: 'clarification', next: `portia resume ${run.id}` });
    const printed = printedQuestions(stderr);
    expect(printed).toMatchObject({ run_id: run.id, exit_code: 8, next: `portia resume ${run.id}` });
    expect(printed.questions).toMatchObject([
      {
        category: 'Multiple Choice',
        argument_name: 'filename',
        options: ['demo_runs/weather.txt', 'old/weather.txt'],
        resolved: false,
        selector: 'filename',
        commands: [`portia resume ${run.id} --answer filename=demo_runs/weather.txt`],
      },
    ]);
    expect(story(cwd, run.id)).toEqual(PAUSED);
    await expectSoundPlan(cwd, 'read.json');
  });

  test('when the answer is given in another process then the run finishes with the text of that file', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const { run } = await pausedRun(cwd);
    const answer = ['resume', run.id, '--answer', 'filename=old/weather.txt'];
    const { code, stdout } = await portiaHere(answer, { cwd });
    expect(code).toBe(0);
    const finished = JSON.parse(stdout) as Run;
    expect(finished).toMatchObject({ id: run.id, state: 'COMPLETE', pause: null });
    expect(finished.outputs.final_output).toEqual({ value: OLD, summary: null });
    expect(finished.outputs.clarifications).toMatchObject([
      { resolved: true, response: 'old/weather.txt', channel: 'flag' },
    ]);
    expect(story(cwd, run.id)).toEqual([...PAUSED, ...ANSWERED]);
    expect(await portiaHere(answer, { cwd })).toMatchObject({ code: 0, stdout });
    const other = await portiaHere(['resume', run.id, '--answer', 'filename=demo_runs/weather.txt'], { cwd });
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(printedError(other.stderr)['message']).toContain('answered already');
    expect(story(cwd, run.id)).toEqual([...PAUSED, ...ANSWERED]);
  });

  test('when the printed command is pasted into a shell then it finishes the run', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const { stderr } = await pausedRun(cwd);
    const [question] = printedQuestions(stderr).questions;
    const { code, stdout } = await runPrinted(question?.commands[0] ?? '', { cwd });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Run).outputs.final_output).toEqual({ value: DEMO, summary: null });
  });

  test('when the answer is not one of the options then it exits 2, says what is allowed, and nothing changes', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const { run } = await pausedRun(cwd);
    const before = readFileSync(join(cwd, 'runs', `${run.id}.json`), 'utf8');
    const { code, stdout, stderr } = await portiaHere(['resume', run.id, '--answer', 'filename=other.txt'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const error = printedError(stderr);
    expect(error).toMatchObject({ code: 'answer-refused', exit_code: 2 });
    expect(error['why']).toContain('not one of the options');
    expect(error['fix']).toContain('#1 "demo_runs/weather.txt", #2 "old/weather.txt"');
    expect(readFileSync(join(cwd, 'runs', `${run.id}.json`), 'utf8')).toBe(before);
    expect(story(cwd, run.id)).toEqual(PAUSED);
  });

  test('when it is planned offline then it asks the same', async () => {
    const cwd = makeProject(TWO_COPIES);
    const { code } = await portiaHere(['run', 'read weather.txt', '--yes'], { cwd });
    expect(code).toBe(8);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'filename=#2', '--format', 'value'], { cwd });
    expect(resumed).toMatchObject({ code: 0, stdout: `${OLD}\n` });
    await expectSoundPlan(cwd, planIds(cwd)[0] ?? '');
  });
});

describe('a file name that one file or none has', () => {
  test.each([
    { answer: 'yes', code: 0, state: 'COMPLETE', error: undefined },
    { answer: 'no', code: 9, state: 'FAILED', error: 'declined' },
  ])(
    'when one copy is offered and the answer is $answer then it exits $code',
    async ({ answer, code, state, error }) => {
      const cwd = weatherProject({ 'old/weather.txt': OLD });
      const { run, stderr } = await pausedRun(cwd);
      expect(printedQuestions(stderr).questions).toMatchObject([
        { category: 'User Verification', args: { filename: 'old/weather.txt' }, selector: 'verify' },
      ]);
      const ended = await portiaHere(['resume', run.id, '--answer', `verify=${answer}`], { cwd });
      expect(ended.code).toBe(code);
      const finished = JSON.parse(ended.stdout) as Run;
      expect(finished.state).toBe(state);
      expect(finished.error?.code).toBe(error);
      expect(finished.outputs.final_output?.['value']).toBe(code === 0 ? OLD : undefined);
    },
  );

  test('when it was declined then resuming it exits 9 again', async () => {
    const cwd = weatherProject({ 'old/weather.txt': OLD });
    const { run } = await pausedRun(cwd);
    const { stdout } = await portiaHere(['resume', run.id, '--answer', 'verify=no'], { cwd });
    const again = await portiaHere(['resume', run.id], { cwd });
    expect(again).toMatchObject({ code: 9, stdout });
    expect(printedError(again.stderr)['fix']).toBe(`portia run-plan ${run.plan_id}`);
  });

  test.each([
    { files: {}, filename: 'weather.txt', reason: 'no file called "weather.txt"' },
    { files: { 'weather.xyz': 'x' }, filename: 'weather.xyz', reason: 'it has the ending .xyz' },
  ])(
    'when $filename cannot be read then it exits 1 with the reason of the tool',
    async ({ files, filename, reason }) => {
      const cwd = weatherProject(files, filename);
      const { code, stdout, stderr } = await portiaHere(['run-plan', 'read.json'], { cwd });
      expect(code).toBe(1);
      const run = JSON.parse(stdout) as Run;
      expect(run).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', step: '0' } });
      expect(run.error?.message).toContain(reason);
      expect(printedError(stderr)['message']).toContain(reason);
      expect(story(cwd, run.id).slice(-3)).toEqual(['tool.failed 0', 'step.failed 0', 'run.failed']);
    },
  );
});

describe('at a terminal', () => {
  test('when a file is chosen from the list then one command does it all', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const terminal = openPortia(['run-plan', 'read.json'], { cwd });
    await terminal.waitFor('leave for later');
    expect(terminal.screen()).toMatch(/❯ demo_runs\/weather\.txt\n\s+old\/weather\.txt\n\s+leave for later/);
    terminal.press('down');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain(OLD.trim());
    const run = onlyRun(cwd);
    expect(run.outputs.clarifications).toMatchObject([{ resolved: true, channel: 'prompt' }]);
    expect(story(cwd, run.id)).toEqual([...PAUSED.slice(0, -1), ...ANSWERED.filter((line) => line !== 'run.resumed')]);
  });

  test('when the terminal does not say how wide it is then the question is asked and answered all the same', async () => {
    const cwd = weatherProject(TWO_COPIES);
    const terminal = openPortia(['run-plan', 'read.json'], { cwd, cols: 0 });
    await terminal.waitFor('leave for later');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain(DEMO.trim());
  });

  test.each([
    { how: 'ctrl-c', keys: ['ctrl-c'], code: 130, reason: 'signal', state: 'IN_PROGRESS' },
    { how: 'ctrl-d', keys: ['ctrl-d'], code: 130, reason: 'signal', state: 'IN_PROGRESS' },
    { how: 'later', keys: ['down', 'down', 'enter'], code: 8, reason: 'clarification', state: 'NEED_CLARIFICATION' },
  ] as const)('when $how ends the question then it exits $code and the run continues later', async (ending) => {
    const { keys, code, reason, state } = ending;
    const cwd = weatherProject(TWO_COPIES);
    const terminal = openPortia(['run-plan', 'read.json'], { cwd });
    await terminal.waitFor('leave for later');
    for (const key of keys) terminal.press(key);
    expect(await terminal.exit()).toEqual({ code, signal: 0 });
    const { id, ...run } = onlyRun(cwd);
    expect(run).toMatchObject({ state, pause: { reason, next: `portia resume ${id}` } });
    expect(run.outputs.clarifications).toMatchObject([{ resolved: false }]);
    expect(terminal.screen()).toContain(`portia resume ${id}`);
    const later = openPortia(['resume', id], { cwd });
    await later.waitFor('leave for later');
    later.press('enter');
    expect(await later.exit()).toEqual({ code: 0, signal: 0 });
    expect(later.screen()).toContain(DEMO.trim());
  });
});
