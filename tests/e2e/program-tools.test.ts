import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { codeBlocks, fileOf } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { numberIn, untilGroupIsGone } from '../support/process-groups.js';
import { onlyRun, openPortia, printedError, printedQuestions, readEvents } from '../support/scenario.js';

const PAGE = 'docs/tools.md';

/** The programs of the page about tools. */
function office(...steps: object[]): string {
  const { programs } = JSON.parse(fileOf(PAGE, 'portia.json')) as { programs: object };
  return makeProject({
    'portia.json': { programs },
    'deploy.sh': fileOf(PAGE, 'deploy.sh'),
    'book_room.py': fileOf(PAGE, 'book_room.py'),
    'plan.json': { plan_context: { query: 'Do it.', tool_ids: [] }, steps },
  });
}

/** A project with one program, which is a script of the shell. */
function project(script: string, more: object = {}): string {
  const act = { description: 'Acts.', command: ['sh', './act.sh'], ...more };
  const step = { kind: 'tool', tool_id: 'act', args: {}, output: '$result' };
  return makeProject({
    'portia.json': { programs: { act } },
    'act.sh': script,
    'plan.json': { plan_context: { query: 'Act.', tool_ids: [] }, steps: [step] },
  });
}

const tool = (tool_id: string, args: object) => ({ kind: 'tool', tool_id, args, output: '$result' });
const RUN = ['run-plan', 'plan.json'];
const APPROVED = [...RUN, '--approve', '*'];

test('when the shell program of the page is run then it acts after a yes, and what it prints is seen', async () => {
  const cwd = office(tool('deploy', { environment: 'staging', version: '1.2' }));
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ tool_id: 'deploy' }]);
  const done = await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: 'staging is at 1.2\n' });
  expect(done.stderr).toContain('restarting staging\n');
});

test('when the shell program of the page asks then the answer is its argument, and it is started again', async () => {
  const cwd = office(tool('deploy', { environment: 'staging' }));
  const asked = await portiaHere(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ argument_name: 'version', source: 'deploy' }]);
  const resumed = ['resume', 'last', '--answer', 'version=2.0', '--approve', '*', '--format', 'value'];
  expect(await portiaHere(resumed, { cwd })).toMatchObject({ code: 0, stdout: 'staging is at 2.0\n' });
});

test('when the shell program of the page says that it did nothing then that is recorded, and its words are told', async () => {
  const cwd = office(tool('deploy', { environment: 'production', version: '1' }));
  const failed = await portiaHere(APPROVED, { cwd });
  expect(printedError(failed.stderr)).toMatchObject({
    message:
      'Step 1: deploy: it exited with code 3 (not set, and named in its env: DEPLOY_TOKEN): production needs DEPLOY_TOKEN',
  });
  const events = readEvents(cwd, onlyRun(cwd).id);
  expect(events.find(({ type }) => type === 'tool.failed')).toMatchObject({ not_done: true });
  const env = { DEPLOY_TOKEN: 'hush-hush' };
  expect(await portiaHere(['resume', 'last', '--approve', '*', '--format', 'value'], { cwd, env })).toMatchObject({
    code: 0,
    stdout: 'production is at 1\n',
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython)
  process.stderr.write('There is no python3 here: the Python program of the page about tools is NOT TESTED.\n');

test.runIf(hasPython)('when the Python program of the page is run then it reports, asks and books', async () => {
  const cwd = office(tool('book_room', { day: 'Monday' }));
  const asked = await portiaHere(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ options: ['Ada', 'Blaise', 'Curie'] }]);
  const resumed = ['resume', 'last', '--answer', 'room=Curie', '--approve', '*', '--format', 'value'];
  const done = await portiaHere(resumed, { cwd });
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ room: 'Curie', day: 'Monday' });
  const call = ['tools', 'call', 'book_room', 'day=Monday', 'room=Zuse', '--approve', '*'];
  expect(expectError(await portiaHere(call, { cwd }), { code: 'tool-failed', exit: 1 }).message).toBe(
    'book_room: Zuse is not free',
  );
});

test('when the Python program of the page is read then it is about 30 lines', () => {
  const lines =
    codeBlocks(PAGE)
      .find(({ file }) => file === 'book_room.py')
      ?.text.split('\n') ?? [];
  expect(lines.length).toBeLessThan(36);
});

test('when the file of a program changes after the yes then it is not run under that yes: exit 6', async () => {
  const cwd = project('echo one | tee ran\n');
  await portiaHere(RUN, { cwd });
  await portiaHere(['answer', 'last', 'verify=yes'], { cwd });
  writeFileSync(join(cwd, 'act.sh'), 'echo two | tee ran\n');
  const refused = await portiaHere(['resume', 'last'], { cwd });
  expect(expectError(refused, { code: 'stale', exit: 6 }).message).toBe(
    'The tool act (portia.json) has changed since the run was started.',
  );
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  expect((await portiaHere(['resume', 'last', '--accept-changed', 'act'], { cwd })).code).toBe(8);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, 'ran'), 'utf8')).toBe('two\n');
});

test('when a step of the run changes the file of a program then it is not started', async () => {
  const cwd = project('echo two > act.sh; echo one\n');
  const steps = [tool('act', {}), { ...tool('act', {}), output: '$second' }];
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps }));
  const failed = await portiaHere(APPROVED, { cwd });
  expect(printedError(failed.stderr)['message']).toMatch(
    /^Step 2: act: sh, or another file .* has changed since portia read/,
  );
  expect(expectError(await portiaHere(['resume', 'last'], { cwd }), { code: 'stale', exit: 6 }).message).toContain(
    'act',
  );
});

test('when a project is not trusted then its programs are left out, listed with their files, and trusted as they are', async () => {
  const cwd = project('echo done\n', { effect: 'read', env: ['TOKEN'] });
  const env = UNTRUSTED;
  expect(printedError((await portiaHere(RUN, { cwd, env })).stderr)['why']).toContain('1 program as a tool (act)');
  expect((await portiaHere(['check', 'plan.json'], { cwd, env })).code).toBe(6);
  const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env });
  expect(listed.stdout + listed.stderr).toMatch(
    /Is started as a tool, with your rights:\n.*"command":\["sh","\.\/act\.sh"\].*"TOKEN".*portia\.json programs\.act\n {5}act\.sh\n/,
  );
  expect((await portiaHere(['trust', '--content', '--yes'], { cwd, env })).code).toBe(0);
  expect((await portiaHere(RUN, { cwd, env })).code).toBe(0);
  writeFileSync(join(cwd, 'act.sh'), 'echo changed\n');
  expectError(await portiaHere(RUN, { cwd, env }), { code: 'project-untrusted', exit: 6 });
});

test('when a tool would write the file of a program then a person is asked, whatever was approved', async () => {
  const cwd = project('echo done\n');
  const write = tool('file_writer_tool', { filename: 'act.sh', content: 'echo other' });
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps: [write] }));
  const asked = await portiaHere(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { user_guidance: expect.stringContaining('a part of code that portia runs') },
  ]);
});

test('when a program takes too long then it is ended, and a person is asked what happened', async () => {
  const cwd = project('echo $$ > group; sleep 1000\n', { timeout_ms: 300 });
  const asked = await portiaHere(APPROVED, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { unknown_outcome: true, user_guidance: expect.stringContaining('"timeout_ms" where it is declared') },
  ]);
  // On a busy machine its time may be over before its first line.
  const group = join(cwd, 'group');
  if (existsSync(group)) await untilGroupIsGone(await numberIn(group));
});

test('when portia is killed while a program runs then nothing of it is left, and a resume asks what happened', async () => {
  const cwd = project('echo $$ > group; echo ready >&2; sleep 1000 & sleep 1000\n');
  const running = startPortia(APPROVED, { cwd });
  const end = ended(running, '');
  await new Promise<void>((seen) => {
    running.stderr?.on('data', (text: string) => text.includes('ready') && seen());
  });
  running.kill('SIGKILL');
  await end;
  const group = await numberIn(join(cwd, 'group'));
  await untilGroupIsGone(group);
  const asked = await portia(['resume', 'last', '--approve', '*'], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
});

test('when Ctrl-C is pressed while a program runs then it is ended, and the run can be resumed', async () => {
  const cwd = project(
    'echo $$ > group; echo "{\\"kind\\": \\"progress\\", \\"message\\": \\"page 3\\"}" >&3; sleep 1000\n',
  );
  const terminal = openPortia(APPROVED, { cwd });
  await terminal.waitFor('page 3');
  terminal.press('ctrl-c');
  expect(await terminal.exit()).toMatchObject({ code: 130 });
  await untilGroupIsGone(await numberIn(join(cwd, 'group')));
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS' });
});

test('when a program prints anything then standard output stays JSON', async () => {
  const cwd = project('printf "\\033[31m{\\n" >&2; printf "{\\"a\\": 1}"\n', { stdout: 'json', effect: 'read' });
  const { code, stdout, stderr } = await portiaHere([...RUN, '--json'], { cwd });
  expect({ code, run: JSON.parse(stdout) }).toMatchObject({ code: 0, run: { state: 'COMPLETE' } });
  expect(stderr).toContain('\\u{1b}[31m{\n');
});

test('when a key is given to a program then what it prints and gives does not show it', async () => {
  const cwd = project('echo "key $TOKEN" >&2; echo "key $TOKEN"\n', { env: ['TOKEN'], effect: 'read' });
  const env = { TOKEN: 'tk-canary-4711' };
  const { stdout, stderr } = await portiaHere([...APPROVED, '--format', 'value'], { cwd, env });
  expect(stdout).toBe('key [TOKEN]\n');
  expect(stderr).toContain('key [TOKEN]\n');
  expect(readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8')).not.toContain('canary');
});

test('when a user has a program of their own then it needs no trust, and runs in the project', async () => {
  const cwd = project('echo done\n');
  const settings = { programs: { mine: { description: 'Mine.', command: ['./mine.sh'], effect: 'read' } } };
  const home = makeProject({ 'config.json': settings, 'mine.sh': '#!/bin/sh\npwd\n' });
  spawnSync('chmod', ['+x', join(home, 'mine.sh')]);
  const env = { ...UNTRUSTED, PORTIA_CONFIG_DIR: home };
  expect(await portiaHere(['tools', 'call', 'mine', '--format', 'value'], { cwd, env })).toMatchObject({
    code: 0,
    stdout: `${cwd}\n`,
  });
});

test('when a program is declared then it is listed, described, completed, and plans that call it are checked', async () => {
  const cwd = office(tool('deploy', { environment: 'prod', versoin: '1' }));
  const list = await portiaHere(['tools', 'list', '--json'], { cwd });
  expect(JSON.parse(list.stdout)).toContainEqual(
    expect.objectContaining({ id: 'deploy', source: 'program', effect: 'once', readiness: { ready: true } }),
  );
  const described = await portiaHere(['tools', 'describe', 'deploy', '--json'], { cwd });
  expect(JSON.parse(described.stdout)).toMatchObject({ input_schema: { required: ['environment'] } });
  const words = await portiaHere(['completion', 'words', '--', 'tools', 'call', 'dep'], { cwd });
  expect(words.stdout).toMatch(/^deploy\t/);
  const checked = await portiaHere(['check', 'plan.json', '--format', 'human'], { cwd });
  expect(checked.code).toBe(2);
  expect(checked.stdout).toMatch(/deploy has no argument versoin\. Did you mean version\?/);
  expect(checked.stdout).toContain('"staging", "production"');
});

test('when a password goes to a program then it reads it, and the record does not have it', async () => {
  const secret = { type: 'string', format: 'password' };
  const args = { type: 'object', properties: { otp: secret }, required: ['otp'] };
  const cwd = project('tee seen\n', { args, stdin: 'json', stdout: 'json' });
  const step = tool('act', { otp: '{{ $otp }}' });
  const inputs = [{ name: '$otp', description: 'Code', schema: secret }];
  const plan = { plan_context: { query: 'q', tool_ids: [] }, plan_inputs: inputs, steps: [step] };
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify(plan));
  const done = await portiaHere([...APPROVED, '-i', 'otp=@-'], { cwd, input: 'hunter2!' });
  expect(done.code).toBe(0);
  expect(JSON.parse(readFileSync(join(cwd, 'seen'), 'utf8'))).toMatchObject({ args: { otp: 'hunter2!' } });
  const kept = readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8');
  expect(done.stdout + done.stderr + kept).not.toContain('hunter2!');
});
