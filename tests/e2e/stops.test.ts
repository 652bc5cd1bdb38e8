import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, inject, onTestFinished, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia } from '../support/portia.js';
import {
  onlyRun,
  openPortia,
  playModel,
  printedError,
  printedQuestions,
  readEvents,
  story,
} from '../support/scenario.js';
import { makeRunProject, RESUME, RUN_PLAN, silentModel, startUntil } from './gated-project.js';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

test.each(SIGNALS)('when %s comes during a tool call then it ends with %d and can be resumed', async (signal, code) => {
  const { folder: cwd, env, effects, atGate } = makeRunProject('gate_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  await atGate();
  const end = ended(child, '');
  child.kill(signal);
  const stopped = await end;
  expect(stopped).toMatchObject({
    code,
    signal: null,
    stderr: expect.stringMatching(/portia resume --approve log_tool .*prun-/),
  });
  expect(printedError(stopped.stderr)).toMatchObject({ code: 'interrupted', exit_code: code, resumable: true });
  const run = onlyRun(cwd);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, error: null });
  expect(readEvents(cwd, run.id).at(-1)).toMatchObject({ type: 'run.interrupted', signal });
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portia(RESUME, { cwd, env })).code).toBe(0);
  expect(effects()).toEqual(['one', 'waiting', 'waiting', 'three']);
});

test('when Ctrl-C is pressed at a terminal while the line moves then it tells how to continue', async () => {
  const { folder: cwd, env } = makeRunProject('gate_tool');
  const terminal = openPortia(RUN_PLAN, { cwd, env });
  await terminal.waitFor(/2 gate_tool/);
  terminal.press('ctrl-c');
  expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
  const run = onlyRun(cwd);
  expect(terminal.screen().replaceAll(/\s+/g, ' ')).toContain('portia resume --approve log_tool');
  expect(terminal.screen().replaceAll(/\s+/g, '')).toContain(run.id);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
});

test('when the terminal is closed while a tool works then it ends with 129 and can be resumed', async () => {
  const { folder: cwd, env, effects, atGate } = makeRunProject('gate_tool');
  const terminal = openPortia(RUN_PLAN, { cwd, env });
  await terminal.waitFor(/2 gate_tool/);
  await atGate();
  terminal.close();
  expect(await terminal.exit()).toEqual({ code: 129, signal: 0 });
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, error: null });
  expect(readEvents(cwd, onlyRun(cwd).id).at(-1)).toMatchObject({ type: 'run.interrupted', signal: 'SIGHUP' });
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(0);
  expect(effects()).toEqual(['one', 'waiting', 'waiting', 'three']);
});

test('when the terminal is closed at a question then it ends with 129 and the question stays open', async () => {
  const cwd = makeProject({
    'plan.json': {
      plan_context: { query: 'greet', tool_ids: [] },
      steps: [{ kind: 'user_input', message: 'Your name?', output: '$name' }],
    },
  });
  const terminal = openPortia(['run-plan', 'plan.json'], { cwd });
  await terminal.waitFor('? Your name?');
  terminal.close();
  expect(await terminal.exit()).toEqual({ code: 129, signal: 0 });
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
  expect((await portiaHere(['resume', 'last', '--answer', 'name=Ada'], { cwd })).code).toBe(0);
});

test.each([
  ['rm', ['rm', 'last'], 'Delete'],
  ['an input', ['run-plan', 'plan.json'], 'city'],
])('when the terminal is closed at the question of %s then it ends with 129', async (_what, args, question) => {
  const steps = [{ kind: 'compute', expression: '$city', output: '$same' }];
  const plan = { plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [{ name: 'city' }], steps };
  const cwd = makeProject({ 'plan.json': plan });
  expect((await portiaHere(['run-plan', 'plan.json', '-i', 'city=Oslo'], { cwd })).code).toBe(0);
  const terminal = openPortia(args, { cwd });
  await terminal.waitFor(question);
  terminal.close();
  // The prompt may see the end of its terminal first, or the signal may end the process: a shell reports both as 129.
  const { code, signal } = await terminal.exit();
  expect(signal === 0 ? code : 128 + signal).toBe(129);
  expect(onlyRun(cwd)).toMatchObject({ state: 'COMPLETE' });
});

/** What the signals share is shown of each during a tool call; the slow tests show it of each during a model call, too. */
const SIGNALS_OF_MODEL_CALLS = inject('onlyBinary') ? SIGNALS : SIGNALS.slice(0, 1);

const askModel = { kind: 'llm', task: 'think', output: '$two' };

test.each(SIGNALS_OF_MODEL_CALLS)(
  'when %s comes during a model call then it ends with %d and can be resumed',
  async (signal, code) => {
    const { folder: cwd, env, effects } = makeRunProject(askModel);
    const silent = { ...env, ...(await silentModel()) };
    const child = await startUntil(RUN_PLAN, { cwd, env: silent }, { type: 'model.started', path: '1' });
    const end = ended(child, '');
    child.kill(signal);
    expect(await end).toMatchObject({ code, signal: null });
    expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, error: null });
    const model = await playModel([{ reply: { text: 'thought' } }]);
    expect((await portiaHere(RESUME, { cwd, env: { ...env, ...model.environment } })).code).toBe(0);
    expect(effects()).toEqual(['one', 'three']);
  },
);

test('when SIGTERM comes while the last tool blocks the process then it ends with 143 after it and can be resumed', async () => {
  const { folder: cwd, env, effects } = makeRunProject('block_tool');
  const { plan_context, steps } = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as {
    plan_context: object;
    steps: object[];
  };
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ plan_context, steps: steps.slice(0, 2) }));
  const child = startPortia(RUN_PLAN, { cwd, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(effects, { timeout: 20_000 }).toEqual(['one', 'blocking']);
  const end = ended(child, '');
  child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(join(cwd, 'gate'), '');
  expect(await end).toMatchObject({ code: 143, signal: null });
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, error: null });
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(0);
  expect(effects()).toEqual(['one', 'blocking']);
});

test('when a tool does not listen then it is left after five seconds, and the run can be resumed', async () => {
  const { folder: cwd, env } = makeRunProject('deaf_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  const end = ended(child, '');
  child.kill('SIGTERM');
  const { code, signal } = await end;
  expect(code ?? signal).toBeOneOf([143, 'SIGTERM']);
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
});

test('when a second SIGINT comes then it ends at once, and the run can be resumed all the same', async () => {
  const { folder: cwd, env } = makeRunProject('deaf_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  const end = ended(child, '');
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ signal: 'SIGINT' });
  const shown = JSON.parse((await portiaHere(['show', 'last', '--json'], { cwd, env })).stdout) as object;
  expect(shown).toMatchObject({ state: 'IN_PROGRESS' });
  expect((await portiaHere(['list', '--json'], { cwd })).stdout).not.toContain('owner');
});

test('when SIGHUP comes twice, as of one closed terminal, then the second one does not end it', async () => {
  const { folder: cwd, env } = makeRunProject('deaf_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  const end = ended(child, '');
  for (const signal of ['SIGHUP', 'SIGHUP', 'SIGTERM'] as const) {
    child.kill(signal);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect((await end).signal).not.toBe('SIGHUP');
});

test('when a run is interrupted in a once call then what became of it is asked', async () => {
  const { folder: cwd, env, effects, atGate } = makeRunProject('once_gate_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  await atGate();
  const end = ended(child, '');
  child.kill('SIGTERM');
  expect((await end).code).toBe(143);
  const asked = await portiaHere(RESUME, { cwd, env });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr)).toMatchObject({ exit_code: 8, questions: [{ tool_id: 'once_gate_tool' }] });
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portiaHere([...RESUME, '--answer', 'outcome=not_done'], { cwd, env })).code).toBe(0);
  expect(effects()).toEqual(['one', 'waiting', 'waiting', 'three']);
});

test('when a step fails then resuming tries that step again, and nothing before it', async () => {
  const { folder: cwd, env, effects } = makeRunProject('fail_tool');
  const failed = await portiaHere(RUN_PLAN, { cwd, env });
  expect([failed.code, printedError(failed.stderr)]).toMatchObject([1, { code: 'tool-failed', resumable: true }]);
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(1);
  writeFileSync(join(cwd, 'gate'), '');
  const done = await portiaHere(RESUME, { cwd, env });
  expect([done.code, (JSON.parse(done.stdout) as { steps: unknown }).steps]).toMatchObject([
    0,
    [{ attempts: 1 }, { attempts: 3 }, { attempts: 1 }],
  ]);
  expect(effects()).toEqual(['one', 'three']);
  expect(story(cwd, onlyRun(cwd).id).filter((line) => line === 'step.started 0')).toHaveLength(1);
});

test('when a person says no then the run is over for good: 9, and 9 again', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  writeFileSync(join(cwd, 'gate'), '');
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd, env })).code).toBe(8);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=no'], { cwd, env })).code).toBe(9);
  const again = await portiaHere(RESUME, { cwd, env });
  expect([again.code, printedError(again.stderr)]).toMatchObject([9, { code: 'declined', resumable: false }]);
  expect(effects()).toEqual([]);
});

test('when a run is cancelled then it is over for good, and one that is driven cannot be', async () => {
  const { folder: cwd, env } = makeRunProject('gate_tool');
  const child = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
  expect((await portiaHere(['cancel', 'last', '--yes'], { cwd, env })).code).toBe(7);
  child.kill('SIGKILL');
  await ended(child, '');
  const cancelled = await portiaHere(['cancel', 'last', '--yes'], { cwd, env });
  expect([cancelled.code, onlyRun(cwd).state, onlyRun(cwd).error?.code]).toEqual([0, 'FAILED', 'declined']);
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(9);
  expect((await portiaHere(['cancel', 'last', '--yes'], { cwd, env })).code).toBe(2);
});

test('when nothing answers at the model then it ends with 3 and continues later', async () => {
  const { folder: cwd, env, effects } = makeRunProject(askModel);
  const nobody = { ...env, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_API_KEY: 'sk-test' };
  const away = await portiaHere(RUN_PLAN, { cwd, env: nobody });
  expect([away.code, printedError(away.stderr)]).toMatchObject([3, { resumable: true, retryable: true }]);
  expect((await portiaHere(RESUME, { cwd, env })).code).toBe(4);
  const model = await playModel([{ reply: { text: 'thought' } }]);
  expect((await portiaHere(RESUME, { cwd, env: { ...env, ...model.environment } })).code).toBe(0);
  expect(effects()).toEqual(['one', 'three']);
});
