import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { COMMANDS, type CommandName } from '../../src/cli/command-table.js';
import {
  addPlan,
  addTests,
  completeRun,
  makeExampleProject,
  makeRefiner,
  pausedRun,
  queuedRun,
  reachableRun,
} from '../support/example-project.js';
import { addWorkflow, WORKFLOW } from '../support/workflow.js';
import { addedNotesServer } from '../support/notes-server.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, portia, PORTIA, type Ended, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia } from '../support/scenario.js';
import { writeUsers } from '../support/served-users.js';
import { addAgentPlan, addSdkFolder } from '../support/sdk-folder.js';
import { openTerminal } from '../support/terminal.js';
import { ON_FILES, storedIn } from '../support/tested-store.js';

/** One good call of every command. */
const CALLS: [name: CommandName, args: string[], prepare?: (cwd: string) => Promise<unknown>][] = [
  ['plan', ['plan', 'add 1 + 2']],
  ['run', ['run', 'add 1 + 2', '--yes']],
  ['run-plan', ['run-plan', 'plan.json']],
  ['resume', ['resume', 'last', '--answer', 'filename=old/weather.txt'], pausedRun],
  ['show', ['show', 'last'], completeRun],
  ['list', ['list'], completeRun],
  ['check', ['check', 'plan.json']],
  ['estimate', ['estimate', 'plan.json']],
  ['edit', ['edit', 'plan.json']],
  ['refine', ['refine', 'plan.json', 'more'], async (cwd) => makeRefiner(cwd)],
  ['like', ['like', 'plan.json']],
  ['unlike', ['unlike', 'plan.json']],
  ['comment', ['comment', 'plan.json', '1', 'Why?']],
  ['replay', ['replay', 'last'], completeRun],
  ['test', ['test'], addTests],
  ['diff', ['diff', 'plan.json', 'city.json']],
  ['eval', ['eval', '{"result": $result}', '--run', 'last'], completeRun],
  ['answer', ['answer', 'last', 'filename=old/weather.txt'], pausedRun],
  ['worker', ['worker', '--until-idle'], queuedRun],
  ['queue', ['queue'], queuedRun],
  ['notify', ['notify']],
  ['wait', ['wait', 'last'], completeRun],
  ['signal', ['signal', 'payment', '--key', '7']],
  ['cancel', ['cancel', 'last', '--yes'], pausedRun],
  ['verify', ['verify', 'last'], completeRun],
  ['export', ['export', 'agent.json', '--for', 'python-sdk'], async (cwd) => addAgentPlan(cwd)],
  ['import', ['import', '.portia'], async (cwd) => addSdkFolder(cwd)],
  ['ci', ['ci', 'github', 'plan.json'], async (cwd) => addWorkflow(cwd)],
  ['report', ['report', 'last'], completeRun],
  ['rm', ['rm', 'last', '--yes'], completeRun],
  ['link', ['link', 'last', '--for', 'Ada'], reachableRun],
  ['serve', ['serve', '--check']],
  ['skill', ['skill', 'save', 'plan.json']],
  ['users', ['users', 'list', '--users', 'users.json'], async (cwd) => writeUsers(cwd, { ada: ['look'] })],
  ['tools', ['tools', 'list']],
  ['mcp', ['mcp', 'list'], addedNotesServer],
  ['models', ['models']],
  ['schema', ['schema', 'plan']],
  ['trust', ['trust']],
  ['store', ['store', 'status']],
  ['doctor', ['doctor']],
  ['init', ['init']],
  ['config', ['config', 'list']],
  ['completion', ['completion', 'bash']],
  ['demo', ['demo', '--answer', '$bill:=84', '--answer', '$people:=3']],
  ['help', ['help', 'formats']],
];

/** These are text by nature, or lines. */
const TEXT = new Set<CommandName>(['ci', 'completion', 'export', 'help', 'report', 'worker']);
const RECORDS = CALLS.filter(([name]) => !TEXT.has(name));

/** What the commands share is shown by one of each sort; the slow tests show it by every one. */
const ONE_OF_EACH_SORT = new Set<CommandName>(['run', 'show', 'edit', 'tools', 'completion', 'help']);
const SORTS = CALLS.filter(([name]) => inject('onlyBinary') || ONE_OF_EACH_SORT.has(name));

/** An editor that changes nothing, and a workflow, for the commands that need one. */
const ENV = { EDITOR: 'true', ...WORKFLOW };

/** One of the two is shown by the default tests. */
const SILENT = inject('onlyBinary') ? ['</dev/null', '<&-'] : ['<&-'];

/** 3 MB of text as the result of a tool. */
const BIG = 'x'.repeat(3_000_000);
const bigPlan = (fields: object = {}) =>
  addPlan({
    plan_context: { query: 'big', tool_ids: ['big_tool'] },
    steps: [{ kind: 'tool', tool_id: 'big_tool', args: {}, output: '$big' }],
    ...fields,
  });
const RUN_BIG = ['run-plan', 'big.json', '--stub', 'big_tool=@big.txt', '--approve', 'big_tool'];
const bigProject = () => makeExampleProject({ 'big.json': bigPlan(), 'big.txt': BIG });

function inShell(cwd: string, line: string): Promise<Ended> {
  const env = cleanEnvironment(cwd, ENV);
  const path = `${join(cwd, '.bin')}:${env['PATH']}`;
  return ended(spawn('/bin/bash', ['-c', `set -o pipefail; ${line}`], { cwd, env: { ...env, PATH: path } }), '');
}

describe('the output of every command', () => {
  test('when a command is added then it is called here', () => {
    expect(CALLS.map(([name]) => name)).toEqual(Object.keys(COMMANDS));
  });

  test.each(RECORDS)('when %s is piped then its output is one JSON document', async (_name, args, prepare) => {
    const cwd = makeExampleProject();
    await prepare?.(cwd);
    const { code, stdout, stderr } = await portiaHere(args, { cwd, env: ENV });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
    expect(stderr).not.toContain('\u001b');
  });

  test.each(RECORDS)('when %s is asked for NDJSON then every line is a JSON document', async (_name, args, prepare) => {
    const cwd = makeExampleProject();
    await prepare?.(cwd);
    const { code, stdout } = await portiaHere([...args, '--format', 'ndjson'], { cwd, env: ENV });
    expect(code).toBe(0);
    expect(stdout.endsWith('\n')).toBe(true);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  });

  test.each(SORTS)('when the reader of %s leaves after one line then it ends quietly', async (_name, args, prepare) => {
    const cwd = makeExampleProject();
    await prepare?.(cwd);
    const line = `portia ${args.map((arg) => `'${arg}'`).join(' ')} -q 2>err | head -1 >/dev/null`;
    expect(await inShell(cwd, line)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(cwd, 'err'), 'utf8')).toBe('');
  });

  test.each(SORTS)(
    'when %s has a closed standard input or /dev/null then it does not wait',
    async (_name, args, prepare) => {
      for (const stdin of SILENT) {
        const cwd = makeExampleProject();
        await prepare?.(cwd);
        const line = `portia ${args.map((arg) => `'${arg}'`).join(' ')} ${stdin}`;
        expect(await inShell(cwd, line)).toMatchObject({ code: 0 });
      }
    },
  );

  test.each(SORTS)(
    'when the disk behind the output of %s is full then it says so and exits 10',
    async (_name, args, prepare) => {
      const cwd = makeExampleProject();
      await prepare?.(cwd);
      const full = openSync('/dev/full', 'w');
      const env = cleanEnvironment(cwd, ENV);
      const child = spawn(TESTED_NODE, [PORTIA, ...args], { cwd, env, stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      expectError(await ended(child), { code: 'storage-failed', exit: 10 });
    },
  );
});

describe('colour', () => {
  const plain: [string, Record<string, string>, string[]][] = [
    ['NO_COLOR', { NO_COLOR: '1' }, []],
    ['--no-color', {}, ['--no-color']],
  ];
  test.each(
    plain.flatMap((how) => SORTS.map(([name, args, prepare]) => [how[0], name, { how, args, prepare }] as const)),
  )(
    'when %s is given to %s on a terminal then no ESC is written',
    async (_how, _name, { how: [, env, flags], args, prepare }) => {
      const cwd = makeExampleProject();
      await prepare?.(cwd);
      const terminal = openPortia([...args, ...flags], { cwd, env: { ...ENV, ...env } });
      expect((await terminal.exit()).code).toBe(0);
      expect(terminal.raw()).not.toBe('');
      expect(terminal.raw()).not.toContain('\u001b');
    },
  );

  test('when colour is forced and switched off then off wins, and forced alone colours a pipe', async () => {
    const cwd = makeExampleProject();
    const show = ['show', 'plan.json', '--format', 'human'];
    const forced = { FORCE_COLOR: '1' };
    expect((await portia(show, { cwd, env: forced })).stdout).toContain('\u001b[');
    expect((await portia([...show, '--no-color'], { cwd, env: forced })).stdout).not.toContain('\u001b');
  });

  test.each(SORTS)('when %s writes to a dumb terminal then no ESC is written', async (_name, args, prepare) => {
    const cwd = makeExampleProject();
    await prepare?.(cwd);
    // The pseudo-terminal names itself, so the dumb one is set on the way.
    const line = `TERM=dumb exec portia ${args.map((arg) => `'${arg}'`).join(' ')}`;
    const env = cleanEnvironment(cwd, ENV);
    const terminal = openTerminal('/bin/sh', ['-c', line], {
      cwd,
      env: { ...env, PATH: `${cwd}/.bin:${env['PATH']}` },
    });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b');
  });

  test('when an error is shown on a terminal then it has colour, and none with NO_COLOR', async () => {
    const cwd = makeExampleProject();
    const coloured = openPortia(['show', 'nothing'], { cwd });
    await coloured.exit();
    expect(coloured.raw()).toContain('\u001b[31m');
    const bare = openPortia(['show', 'nothing'], { cwd, env: { NO_COLOR: '1' } });
    await bare.exit();
    expect(bare.raw()).not.toContain('\u001b');
    expect(bare.raw()).toContain('✖ There is no run or plan "nothing"');
  });

  test('when only standard error is a terminal then the answer in the pipe has no colour', async () => {
    const cwd = makeExampleProject();
    await completeRun(cwd);

    const commands = ['list', 'show last', 'tools list', 'doctor', 'plan "add 1 + 2"'];
    const lines = commands.map(
      (args, index) => `"${TESTED_NODE}" "${PORTIA}" ${args} --format human > picture-${index}`,
    );
    const terminal = openTerminal('/bin/sh', ['-c', lines.join(' && ')], { cwd, env: cleanEnvironment(cwd) });
    expect((await terminal.exit()).code).toBe(0);
    for (const index of commands.keys()) {
      const picture = readFileSync(join(cwd, `picture-${index}`), 'utf8');
      expect(picture.length).toBeGreaterThan(10);
      expect(picture).not.toContain('\u001b');
    }
  });
});

describe('large output', () => {
  test('when a run ends with 3 MB then all of it arrives through a pipe, now and later', async () => {
    const cwd = bigProject();
    const first = await inShell(cwd, `portia ${RUN_BIG.join(' ')} --format value | wc -c`);
    expect(first).toMatchObject({ code: 0, stdout: '3000001\n' });
    const { id } = onlyRun(cwd);
    for (const flags of ["--output-of '$big'", '--format value'])
      expect(await inShell(cwd, `portia show ${id} ${flags} | wc -c`)).toMatchObject({ code: 0, stdout: '3000001\n' });
  });

  test('when a plan has 3 MB of text then its JSON arrives whole, and | head -1 is not an error', async () => {
    const steps = [{ kind: 'tool', tool_id: 'calculator_tool', args: { math_question: BIG }, output: '$x' }];
    const cwd = makeExampleProject({ 'big.json': addPlan({ steps }) });
    const whole = await portia(['show', 'big.json'], { cwd });
    expect(JSON.parse(whole.stdout)).toMatchObject({ steps });
    const head = await inShell(cwd, 'portia show big.json | head -1');
    expect(head).toEqual({ code: 0, signal: null, stdout: '{\n', stderr: '' });
  });

  test('when the reader of a stream leaves then the run is driven to its end all the same', async () => {
    const cwd = bigProject();
    const { code } = await inShell(cwd, `portia ${RUN_BIG.join(' ')} --format ndjson | head -1 >/dev/null`);
    expect(code).toBe(0);
    expect(onlyRun(cwd).state).toBe('COMPLETE');
  });
});

describe('formats', () => {
  test('when a run is streamed then it begins with stream.started, ends with run.result, and holds the log between', async () => {
    const cwd = makeExampleProject();
    const args = ['run-plan', 'plan.json', '--format', 'ndjson', '--events', 'copy.ndjson'];
    const { stdout } = await portia(args, { cwd });
    const { id, outputs } = onlyRun(cwd);
    const log = readFileSync(join(storedIn(cwd), 'runs', id, 'events.ndjson'), 'utf8');
    const lines = stdout.split('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({ v: 1, type: 'stream.started', version: '0.1.0' });
    expect(`${lines.slice(1, -2).join('\n')}\n`).toBe(log);
    const result = {
      ...{ v: 1, type: 'run.result', run_id: id, state: 'COMPLETE', exit_code: 0 },
      final_output: outputs.final_output,
    };
    expect(JSON.parse(lines.at(-2) ?? '')).toEqual(result);
    expect(readFileSync(join(cwd, 'copy.ndjson'), 'utf8')).toBe(stdout);
    expect((await portia(['show', id, '--format', 'ndjson'], { cwd })).stdout).toBe(stdout);
  });

  test.each([
    ['failed', ['run-plan', 'plan.json', '--stub', 'calculator_tool={}', '--deny', 'calculator_tool'], 'FAILED', 9],
    ['paused', ['run', 'read weather.txt', '--yes'], 'NEED_CLARIFICATION', 8],
  ])('when a %s run is streamed then its last line says so', async (_how, args, state, exit) => {
    const cwd = makeExampleProject();
    const { code, stdout } = await portiaHere([...args, '--format', 'ndjson'], { cwd, env: ENV });
    expect(code).toBe(exit);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'run.result',
      state,
      exit_code: exit,
    });
  });

  test.runIf(ON_FILES)(
    'when a run cannot be driven then the stream still ends with run.result, and the error follows',
    async () => {
      const cwd = makeExampleProject();
      writeFileSync(join(cwd, 'runs'), 'a file where the folder belongs');
      const failed = await portiaHere(['run-plan', 'plan.json', '--format', 'ndjson'], { cwd });
      expectError(failed, { code: 'storage-failed', exit: 10 });
      const last: unknown = JSON.parse(failed.stdout.trimEnd().split('\n').at(-1) ?? '');
      expect(last).toEqual({ v: 1, type: 'run.result', run_id: null, state: null, final_output: null, exit_code: 10 });
    },
  );

  test('when a finished run is shown as a value then it is printed as run printed it', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    expect(await portiaHere(['show', id, '--format', 'value'], { cwd })).toMatchObject({
      code: 0,
      stdout: '3\n',
      stderr: '',
    });
  });

  test('when a run has no value yet, or a plan is asked for one, then it is an error', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    const open = await portiaHere(['show', id, '--format', 'value', '--no-prompt'], { cwd });
    expect(open).toMatchObject({ code: 2, stdout: '' });
    expect(open.stderr).toContain(`portia resume ${id}`);
    expect(await portiaHere(['show', 'plan.json', '--format', 'value'], { cwd })).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  test.each(['plan', 'list', 'check', 'answer', 'cancel', 'rm', 'doctor'])(
    'when %s is asked for a value then it is refused before it does anything',
    async (name) => {
      const cwd = makeExampleProject();
      const words = name === 'doctor' ? [] : ['x'];
      const { code, stdout, stderr } = await portiaHere([name, ...words, '--format', 'value'], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('no value to print');
      expect(existsSync(join(cwd, 'plans'))).toBe(false);
    },
  );

  test('when a run pauses then human, json and value say on standard error what is open, and only json has an answer', async () => {
    for (const format of ['human', 'json', 'value']) {
      const args = ['run', 'read weather.txt', '--yes', '--format', format];
      const { code, stdout, stderr } = await portiaHere(args, { cwd: makeExampleProject() });
      expect(code).toBe(8);
      expect(stdout === '').toBe(format !== 'json');
      expect(stderr).toContain('--answer filename=');
    }
  });

  test('when text would act on a terminal then it is made visible there, and left alone in a pipe', async () => {
    const cwd = makeExampleProject({ 'big.json': bigPlan(), 'big.txt': 'a\u001b[31mred\u202e' });
    const terminal = openPortia([...RUN_BIG, '--format', 'value', '-q'], { cwd, env: { NO_COLOR: '1' } });
    await terminal.exit();
    expect(terminal.raw().trim()).toBe(String.raw`a\u{1b}[31mred\u{202e}`);
    expect((await portia([...RUN_BIG, '--format', 'value'], { cwd })).stdout).toBe('a\u001b[31mred\u202e\n');
  });
});
