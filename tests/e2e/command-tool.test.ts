import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { numberIn, untilGroupIsGone } from '../support/process-groups.js';
import { printedError, printedQuestions } from '../support/scenario.js';

const TOOL = 'run_command_tool';
const SETTINGS = { tools: { enable: [TOOL] } };

interface Parts {
  args?: object;
  step?: object;
  settings?: object;
}

/** A project in which a plan runs the command. */
function project(command: string[], { args = {}, step = {}, settings = SETTINGS }: Parts = {}): string {
  const run = { kind: 'tool', tool_id: TOOL, args: { command, ...args }, output: '$ended', ...step };
  return makeProject({
    'portia.json': settings,
    'plan.json': { plan_context: { query: 'Run it.', tool_ids: [TOOL] }, steps: [run] },
  });
}

const RUN = ['run-plan', 'plan.json'];
const APPROVED = [...RUN, '--approve', TOOL];
const shell = (script: string) => ['sh', '-c', script];

async function resultOf(cwd: string, env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await portiaHere([...APPROVED, '--format', 'value'], { cwd, env });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test('when nothing enables the tool then the list, doctor, a plan and a call say how to enable it', async () => {
  const cwd = project(['true'], { settings: { tools: { enable: ['*', 'run_*'] } } });
  const fix = `"tools": {"enable": ["${TOOL}"]} in portia.json, or in your own settings`;
  const listed = await portiaHere(['tools', 'list', '--format', 'human'], { cwd });
  expect(listed.stdout).toContain(`${TOOL} is off: Settings must enable it first, by its whole name.\n  Fix  ${fix}\n`);
  expect((await portiaHere(['tools', 'describe', TOOL, '--format', 'human'], { cwd })).stdout).toContain(fix);
  expect((await portiaHere(['doctor', '--format', 'human'], { cwd })).stdout).toContain(fix);
  expect(expectError(await portiaHere(APPROVED, { cwd }), { code: 'invalid-settings', exit: 2 }).fix).toBe(fix);
  const call = ['tools', 'call', TOOL, 'command:=["true"]'];
  expect(expectError(await portiaHere(call, { cwd }), { code: 'tool-failed', exit: 1 }).fix).toBe(fix);
});

test('when a project enables the tool then that counts only once the project is trusted', async () => {
  const cwd = project(['true']);
  const env = UNTRUSTED;
  expectError(await portiaHere(APPROVED, { cwd, env }), { code: 'invalid-settings', exit: 2 });
  const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env });
  expect(listed.stdout + listed.stderr).toMatch(/allowed without a question, or switched on:\n *run_command_tool /);
  const home = makeProject({ 'config.json': SETTINGS });
  expect((await portiaHere(APPROVED, { cwd, env: { ...env, PORTIA_CONFIG_DIR: home } })).code).toBe(0);
});

test('when a command ended then its code and all that it wrote are the result', async () => {
  const cwd = project(shell('cat; echo "ünder" >&2; exit 3'), { args: { stdin: 'in\n' } });
  expect(await resultOf(cwd)).toEqual({
    exit_code: 3,
    signal: null,
    stdout: 'in\n',
    stderr: 'ünder\n',
    truncated: false,
  });
  expect(await resultOf(project(shell('kill -9 $$')))).toMatchObject({ exit_code: null, signal: 'SIGKILL' });
  const bytes = await resultOf(project(['printf', '\\377a']));
  expect(bytes).toMatchObject({ stdout: '\uFFFDa' });
});

test('when no shell is named then signs of a shell are text', async () => {
  const cwd = project(['printf', '%s\\n', '*', '$HOME', '`id`', 'a > b; c', '-n']);
  expect(await resultOf(cwd)).toMatchObject({ stdout: '*\n$HOME\n`id`\na > b; c\n-n\n' });
  expect(existsSync(join(cwd, 'b'))).toBe(false);
});

test('when exit codes mean success then any other fails the step with the last words', async () => {
  const failed = await portiaHere(APPROVED, {
    cwd: project(shell('echo no such tag >&2; exit 2'), { args: { ok_exit_codes: [0, 1] } }),
  });
  expect(printedError(failed.stderr)['message']).toBe('Step 1: run_command_tool: sh exited with code 2: no such tag');
  expect(await resultOf(project(['false'], { args: { ok_exit_codes: [0, 1] } }))).toMatchObject({ exit_code: 1 });
});

test('when a command is asked about then it is shown, and a rule about its first word allows it', async () => {
  const asked = await portiaHere(RUN, { cwd: project(['echo', 'a\u202Eb']) });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { tool_id: TOOL, args: { command: ['echo', 'a\u202Eb'] }, user_guidance: expect.stringContaining('your rights') },
  ]);
  const approvals = {
    [TOOL]: [
      { when: "$args.command[0] = 'echo'", then: 'allow' },
      { when: "$args.command[0] = 'rm'", then: 'deny' },
    ],
  };
  const settings = { ...SETTINGS, approvals };
  expect((await portiaHere(RUN, { cwd: project(['echo'], { settings }) })).code).toBe(0);
  expect((await portiaHere(RUN, { cwd: project(['/bin/echo'], { settings }) })).code).toBe(8);
  expect((await portiaHere(APPROVED, { cwd: project(['rm', '-rf', '.'], { settings }) })).code).toBe(9);
});

test('when a command runs then it has only the variables that it was given, and a key in its output is hidden', async () => {
  const tools = { ...SETTINGS.tools, settings: { [TOOL]: { env: ['TOKEN'] } } };
  const cwd = project(shell('echo "$TOKEN $OTHER"'), { settings: { tools } });
  const env = { TOKEN: 'tk-canary-4711', OTHER: 'other' };
  expect(await resultOf(cwd, env)).toMatchObject({ stdout: '[TOKEN] \n' });
  const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env: UNTRUSTED });
  expect(listed.stdout + listed.stderr).toMatch(/given to commands:\n *TOKEN .*run_command_tool\.env\n/);
  // Enabled by the person, in a project that is not trusted.
  const own = { ...env, ...UNTRUSTED, PORTIA_CONFIG_DIR: makeProject({ 'config.json': SETTINGS }) };
  expect(await resultOf(cwd, own)).toMatchObject({ stdout: ' \n' });
});

test.each([
  ['names nothing', [], 'must name a program'],
  ['names an empty program', [''], 'must begin with the name of a program'],
  ['holds a NUL character', ['echo', 'a\0b'], 'must not hold a NUL character'],
])('when a command %s then its step is refused before the run', async (_what, command, why) => {
  const { code, stderr } = await portiaHere(APPROVED, { cwd: project(command) });
  expect(code).not.toBe(0);
  expect(stderr).toContain(why);
});

test.each([
  ['is not there', ['no-such-program'], 'there is no program no-such-program in PATH'],
  ['is a path that is not there', ['./no'], /there is no program \/.*\/no$/],
  ['is a folder', ['./plans'], /plans cannot be started: it is not executable/],
  ['gets words that are too long', ['echo', 'x'.repeat(3_000_000)], /its arguments are too long/],
])('when a program %s then it is told that nothing was done', async (_what, command, message) => {
  const failed = await portiaHere(APPROVED, { cwd: project(command) });
  expect(printedError(failed.stderr)['message']).toEqual(expect.stringMatching(message));
});

test('when a command writes much then a bounded part of it is the result', async () => {
  const cwd = project(shell('yes | head -c 3000000; yes e | head -c 50000 >&2'));
  const { stdout, stderr, truncated } = (await resultOf(cwd)) as { stdout: string; stderr: string; truncated: boolean };
  expect([stdout.length, stderr.length, truncated]).toEqual([1_000_000, 20_000, true]);
});

test('when a command floods its output then it is ended, and a person is asked what happened', async () => {
  const cwd = project(shell('echo $$ > group; yes'));
  const asked = await portia(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  await untilGroupIsGone(await numberIn(join(cwd, 'group')));
});

test('when a command hangs then it is ended with what it started, and a person is asked what happened', async () => {
  const cwd = project(shell('trap "" TERM; echo $$ > group; sleep 1000 & sleep 1000'), { step: { timeout_ms: 300 } });
  const asked = await portia(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  // On a busy machine its time may be over before its first line.
  const group = join(cwd, 'group');
  if (existsSync(group)) await untilGroupIsGone(await numberIn(group));
});

test('when portia is killed while a command runs then nothing of it is left, and a resume asks what happened', async () => {
  const cwd = project(shell('echo $$ > group; echo done >> log; echo ready >&2; sleep 1000 & sleep 1000'));
  const running = startPortia(APPROVED, { cwd });
  const end = ended(running, '');
  await new Promise<void>((seen) => {
    running.stderr?.on('data', (text: string) => text.includes('ready') && seen());
  });
  running.kill('SIGKILL');
  await end;
  await untilGroupIsGone(await numberIn(join(cwd, 'group')));
  const asked = await portia(['resume', 'last', '--approve', TOOL], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  expect(readFileSync(join(cwd, 'log'), 'utf8')).toBe('done\n');
});
