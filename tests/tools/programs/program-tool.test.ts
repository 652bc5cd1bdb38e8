import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { digestText } from '../../../src/domain/values/digest.js';
import { makeProject } from '../../support/portia.js';
import { numberIn, untilGroupIsGone } from '../../support/process-groups.js';
import { toolContext } from '../tool-context.js';
import { callProgram, declaredProgram, object, script, shell } from './declared-program.js';

const resultOf = async (...given: Parameters<typeof callProgram>) => (await callProgram(...given)).result;

describe('what a program gives', () => {
  test.each<[string, string, object, Json]>([
    ['a text', 'echo done', {}, 'done'],
    ['a text of lines', 'printf "a\\n\\nb\\n\\n"', {}, 'a\n\nb\n'],
    ['nothing', ':', {}, ''],
    ['a closed output', 'exec 1>&-', {}, ''],
    ['lines', 'printf "a\\r\\n\\nb\\n"', { stdout: 'lines' }, ['a', '', 'b']],
    ['no lines', ':', { stdout: 'lines' }, []],
    ['JSON', 'echo \' {"a": [12345678901234567890]}\'', { stdout: 'json' }, { a: ['12345678901234567890'] }],
    ['nothing, where it acts and JSON is said', ':', { stdout: 'json' }, null],
    ['text beside what it prints', 'echo said >&2; echo done', {}, 'done'],
  ])('when it writes %s then that is its result', async (_what, text, more, value) => {
    expect(await resultOf(shell(text, more))).toEqual({ kind: 'output', value });
  });

  test.each<[string, string, object, string]>([
    ['bytes', 'printf "a\\377\\001"', {}, 'it wrote 3 bytes that are not UTF-8 text'],
    ['no JSON', 'echo "{"', { stdout: 'json' }, 'it wrote something that is not JSON: {'],
    [
      'nothing, where it reads JSON',
      ':',
      { stdout: 'json', effect: 'read' },
      'it wrote nothing, where JSON is expected',
    ],
  ])('when it writes %s then the call has failed, and is not called undone', async (_what, text, more, message) => {
    const result = await resultOf(shell(text, more));
    expect(result).toEqual({ kind: 'failure', message, retryable: 'effect' in more });
  });

  test('when it exits with a code then the failure has the last lines of what it printed', async () => {
    const text = 'for n in 1 2 3 4 5 6 7; do echo "line $n" >&2; done; exit 2';
    expect(await resultOf(shell(text))).toEqual({
      kind: 'failure',
      message: 'it exited with code 2: line 3\nline 4\nline 5\nline 6\nline 7',
      retryable: true,
    });
    expect(await resultOf(shell('exit 2'))).toMatchObject({
      message: 'it exited with code 2, and wrote nothing to standard error',
    });
  });

  test('when it exits with a code that says so then nothing was done', async () => {
    const settings = shell('exit 3', { not_done_exit_codes: [3, 4] });
    expect(await resultOf(settings)).toMatchObject({ kind: 'failure', notDone: true, retryable: true });
    expect(await resultOf({ ...settings, not_done_exit_codes: [4] })).not.toHaveProperty('notDone');
  });

  test('when a signal ends it then a call that must not happen twice ends without an outcome', async () => {
    const settings = shell('echo "half done" >&2; kill -9 $$');
    await expect(resultOf(settings)).rejects.toThrow('it was ended by SIGKILL: half done');
    expect(await resultOf({ ...settings, effect: 'idempotent' })).toEqual({
      kind: 'failure',
      message: 'it was ended by SIGKILL: half done',
      retryable: true,
    });
  });
});

describe('what a program gets', () => {
  const call = { args: { to: 'Ada', n: 2 } };
  const args = object({ to: { type: 'string' }, n: {} });

  test('when it reads JSON then it gets all about the call', async () => {
    const settings = shell('cat', { stdin: 'json', stdout: 'json', args });
    expect(await resultOf(settings, call)).toEqual({
      kind: 'output',
      value: {
        args: { to: 'Ada', n: 2 },
        answers: {},
        idempotency_key: 'key',
        run_id: null,
        step_path: '0',
        end_user_id: 'portia:default_user',
        end_user: { name: null, email: null, phone_number: null, additional_data: {} },
      },
    });
  });

  test('when it is not said that it reads then its input is empty', async () => {
    expect(await resultOf(shell('cat'))).toEqual({ kind: 'output', value: '' });
  });

  test.each(['exec 0<&-; sleep 0.1', ':'])(
    'when it does not read what it is given (%s) then that is not a fault',
    async (text) => {
      const settings = shell(`${text}; echo done`, { stdin: 'json', args });
      const result = await resultOf(settings, { args: { to: 'x'.repeat(3_000_000) } });
      expect(result).toEqual({ kind: 'output', value: 'done' });
    },
  );

  test('when it has an environment then that is what its settings name, and what every program gets', async () => {
    const settings = shell('env', { env: ['TOKEN', 'OTHER'], stdout: 'lines' });
    const result = await resultOf(settings, { variables: { TOKEN: 'hush-hush', SECRET: 'x' } });
    const lines = (result as { value: string[] }).value.filter(
      (line) => !/^(PWD|SHLVL|_|OLDPWD|PORTIA_GUEST)=/.test(line),
    );
    expect(lines.toSorted()).toEqual([
      `PATH=${process.env['PATH']}`,
      'PORTIA_END_USER_ID=portia:default_user',
      'PORTIA_IDEMPOTENCY_KEY=key',
      'PORTIA_STEP_PATH=0',
      'TOKEN=hush-hush',
    ]);
  });

  test('when it fails without a variable that its settings name then the failure names it', async () => {
    const settings = shell('exit 1', { env: ['TOKEN', 'OTHER'] });
    expect(await resultOf(settings, { variables: { TOKEN: 'x' } })).toMatchObject({
      message: expect.stringContaining('code 1 (not set, and named in its env: OTHER)'),
    });
  });

  test('when it runs then that is in its folder', async () => {
    const directory = makeProject();
    expect(await resultOf(shell('pwd'), {}, { directory })).toEqual({ kind: 'output', value: directory });
  });
});

describe('what a program prints and reports', () => {
  test('when it prints then that is passed on with everything visible, and without secrets', async () => {
    const { printed } = await callProgram(shell('printf "\\033[2Jone hush-hush\\nrest" >&2'));
    expect(printed).toBe('\\u{1b}[2Jone [TOKEN]\nrest\n');
  });

  test('when it reports progress then that is told', async () => {
    const text = `echo '{"kind":"progress","done":1,"total":2,"message":"copied"}' >&3; printf '{"kind":"progress"}' >&3`;
    const { progress, result } = await callProgram(shell(text));
    expect(progress).toEqual([{ done: 1, total: 2, message: 'copied' }, {}]);
    expect(result).toEqual({ kind: 'output', value: '' });
  });

  const question = '{"category":"Input","argument_name":"day","user_guidance":"Which day?"}';
  const asking = `echo '{"kind":"clarifications","clarifications":[${question}]}' >&3`;

  test('when it asks then the call asks, whatever it wrote', async () => {
    expect(await resultOf(shell(`${asking}; echo ignored`))).toEqual({
      kind: 'clarifications',
      clarifications: [{ category: 'Input', argument_name: 'day', user_guidance: 'Which day?' }],
    });
  });

  test('when it asks and then fails then it has failed', async () => {
    expect(await resultOf(shell(`${asking}; exit 1`))).toMatchObject({ kind: 'failure' });
  });

  test('when it asks what nobody can answer then the call has failed', async () => {
    expect(await resultOf(shell(`echo '{"kind":"clarifications","clarifications":[{}]}' >&3`))).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('asked a malformed question: /category: must be one of: Action, Input, '),
    });
  });

  test('when it reports a failure then that is its result, with any exit code', async () => {
    const failing = `echo '{"kind":"failure","message":"full","retryable":true,"not_done":true}' >&3`;
    const failure = { kind: 'failure', message: 'full', retryable: true };
    expect(await resultOf(shell(failing))).toMatchObject({ ...failure, notDone: true });
    expect(await resultOf(shell(`${failing}; exit 1`))).toMatchObject({ ...failure, notDone: true });
  });

  test('when what it reports is not a report then its result has a warning', async () => {
    const result = await resultOf(shell(`echo hello >&3; echo '{"kind":"other"}' >&3; echo done`));
    expect(result).toMatchObject({
      kind: 'output',
      value: 'done',
      warnings: [expect.stringMatching(/^2 lines on file/)],
    });
  });
});

describe('a program that cannot be started', () => {
  test.each<[string, object, string]>([
    ['is in no folder of PATH', { command: ['no-such-program'] }, 'there is no program no-such-program in PATH'],
    ['is not there', { command: ['/no/such'] }, 'there is no program /no/such'],
    ['is a folder', { command: ['/'] }, '/ cannot be started: it is not executable (chmod +x /)'],
    [
      'gets too long words',
      { ...script(':', '{{ $a }}'), args: object({ a: {} }) },
      '/bin/sh cannot be started: its arguments are too long',
    ],
  ])('when it %s then nothing is done', async (_what, settings, message) => {
    const result = await resultOf(settings, { args: { a: 'x'.repeat(3_000_000) } });
    expect(result).toMatchObject({
      kind: 'failure',
      notDone: true,
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  test('when its folder or its interpreter is not there then that is said', async () => {
    const folder = makeProject({ 'run.sh': '#!/no/such/interpreter\n' });
    const command = join(folder, 'run.sh');
    expect(await resultOf(shell(':'), {}, { directory: '/no/such' })).toMatchObject({
      message: 'there is no folder /no/such',
    });
    expect(await resultOf({ command: [command] })).toMatchObject({
      message: expect.stringContaining('not executable'),
    });
    chmodSync(command, 0o755);
    expect(await resultOf({ command: [command] })).toMatchObject({
      message: expect.stringContaining('first line names'),
    });
  });

  test('when one of its files has changed since the settings were read then it is not started', async () => {
    const folder = makeProject({ 'run.sh': 'echo one > ran\n' });
    const file = join(folder, 'run.sh');
    const sources = async () => [{ path: 'run.sh', digest: digestText(readFileSync(file)) }];
    const { tool } = await declaredProgram({ command: ['sh', 'run.sh'] }, { directory: folder, sources });
    writeFileSync(file, 'echo two > ran\n');
    const result = await tool.run(toolContext({ projectRoot: folder }), {});
    expect(result).toMatchObject({ kind: 'failure', notDone: true, message: expect.stringContaining('has changed') });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    const again = await declaredProgram({ command: ['sh', 'run.sh'] }, { directory: folder, sources });
    expect(again.tool.origin?.digest).not.toBe(tool.origin?.digest);
    expect(await again.tool.run(toolContext({ projectRoot: folder }), {})).toMatchObject({ kind: 'output' });
  });
});

describe('a program that does not behave', () => {
  /** The group of a script, which writes its number to a file first. */
  const group = (folder: string) => numberIn(join(folder, 'group'));
  const telling = (text: string) => `echo $$ > group; ${text}`;

  test.each([
    ['hangs', 'sleep 1000'],
    ['floods its output and hears no signal', 'trap "" TERM; yes'],
    ['starts others that hang', '(trap "" TERM; sleep 1000) & sleep 1000'],
  ])('when it %s and its call is stopped then all of it is ended', async (_what, text) => {
    const directory = makeProject();
    const controller = new AbortController();
    const called = resultOf(shell(telling(text)), { signal: controller.signal }, { directory });
    const id = await group(directory);
    controller.abort(new Error('too late'));
    await expect(called).rejects.toThrow('too late');
    await untilGroupIsGone(id);
  });

  test('when it leaves others running then the call ends with it, and they are ended', async () => {
    const directory = makeProject();
    const text = telling('(trap "" TERM HUP; sleep 1000) & echo started');
    expect(await resultOf(shell(text), {}, { directory })).toEqual({ kind: 'output', value: 'started' });
    await untilGroupIsGone(await group(directory));
  });

  test.each([
    ['once', undefined],
    ['idempotent', false],
  ])('when it is %s and floods its output then it is ended, and nothing of it is left', async (effect, retryable) => {
    const directory = makeProject();
    const called = resultOf(shell(telling('yes'), { effect }), {}, { directory });
    const message = 'it wrote more than 32 MB to standard output, and was ended';
    if (retryable === undefined) await expect(called).rejects.toThrow(message);
    else expect(await called).toEqual({ kind: 'failure', message, retryable });
    await untilGroupIsGone(await group(directory));
  });

  test('when it floods what it prints and reports then a part is passed on, and its result counts', async () => {
    const flood = 'yes "a line" | head -c 20000000';
    const { printed, result } = await callProgram(shell(`${flood} >&2; ${flood} >&3; echo done`));
    expect(printed.length).toBeLessThan(1_200_000);
    expect(printed.endsWith('(what it prints from here on is not shown)\n')).toBe(true);
    expect(result).toMatchObject({
      kind: 'output',
      value: 'done',
      warnings: [expect.stringContaining('could not be read')],
    });
  });

  test('when its call is stopped before it begins then it is not started', async () => {
    const directory = makeProject();
    const signal = AbortSignal.abort(new Error('over'));
    await expect(resultOf(shell(telling(':')), { signal }, { directory })).rejects.toThrow('over');
    expect(existsSync(join(directory, 'group'))).toBe(false);
  });
});
