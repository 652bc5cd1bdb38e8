import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, startPortia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, printedQuestions, runPrinted } from '../support/scenario.js';

describe('flags of every command', () => {
  test('when they stand before the command, after it or at the end then they mean the same', async () => {
    const cwd = makeExampleProject();
    await completeRun(cwd);
    const wanted = await portiaHere(['list', '--format', 'ndjson', '--fields', 'state'], { cwd });
    expect(wanted).toEqual({ code: 0, signal: null, stdout: '{"state":"COMPLETE"}\n', stderr: '' });
    expect(await portiaHere(['--format', 'ndjson', '--fields', 'state', 'list'], { cwd })).toEqual(wanted);
    expect(await portiaHere(['--fields=state', 'list', 'runs', '--format=ndjson'], { cwd })).toEqual(wanted);
  });

  test('when fields are chosen for a picture then it says that they change nothing', async () => {
    const cwd = makeExampleProject();
    const { code, stderr } = await portiaHere(['list', '--format', 'human', '--fields', 'id'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '! --fields picks keys of the JSON, so it changes nothing with --format human.\n',
    });
  });

  test('when fields are chosen then only those are there, and a wrong name is refused', async () => {
    const cwd = makeExampleProject();
    const { stdout } = await portiaHere(['check', 'plan.json', '--fields', 'problems'], { cwd });
    expect(JSON.parse(stdout)).toEqual({ problems: [] });
    const wrong = await portiaHere(['check', 'plan.json', '--fields', 'problem'], { cwd });
    expect(wrong.stdout).toBe('');
    expect(expectError(wrong, { code: 'usage', exit: 2 }).fix).toBe('--fields problems');
  });

  test('when a run is to be printed by a key that runs do not have then it is not started', async () => {
    const cwd = makeExampleProject();
    const wrong = await portiaHere(['run-plan', 'plan.json', '--fields', 'id,sate', '--json'], { cwd });
    expect(wrong.stdout).toBe('');
    expect(expectError(wrong, { code: 'usage', exit: 2 }).fix).toBe('--fields state');
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test.each([
    ['answer', 'last', '$go=yes'],
    ['cancel', 'last', '--yes'],
    ['rm', 'last', '--yes'],
    ['plan', 'add 1 + 2'],
    ['run', 'add 1 + 2', '--yes'],
    ['run-plan', 'plan.json', '--batch', 'lines.ndjson'],
    ['edit', 'plan.json', '--yes'],
    ['refine', 'plan.json', 'shorter'],
    ['init'],
    ['config', 'set', 'planner', 'offline', '--local'],
    ['trust', '--content', '--yes'],
    ['trust', '--revoke'],
  ])('when portia %s is to print a key that its result will not have then it does nothing', async (...args) => {
    const cwd = makeExampleProject({ 'lines.ndjson': '{}\n' });
    await pausedRun(cwd);
    const before = listFolder(cwd);
    const wrong = await portiaHere([...args, '--fields', 'nosuchkey', '--json'], { cwd });
    expect(wrong.stdout).toBe('');
    expect(expectError(wrong, { code: 'usage', exit: 2 }).message).toBe('--fields: there is no key nosuchkey here.');
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when -o is given then the file has the answer, standard output nothing', async () => {
    const cwd = makeExampleProject();
    const nowhere = await portiaHere(['run', 'add 1 + 2', '--yes', '-o', 'no/such/made.json'], { cwd });
    expect(expectError(nowhere, { code: 'storage-failed', exit: 10 }).fix).toContain('mkdir -p');
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    expect(await portiaHere(['plan', 'add 1 + 2', '-o', 'made.json'], { cwd })).toMatchObject({ code: 0, stdout: '' });
    expect(
      await portiaHere(['run-plan', 'made.json', '--format', 'value', '--out', 'value.txt'], { cwd }),
    ).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(readFileSync(join(cwd, 'value.txt'), 'utf8')).toBe('3\n');
    await portiaHere(['run-plan', 'made.json', '--format', 'ndjson', '-o', 'stream.ndjson'], { cwd });
    expect(readFileSync(join(cwd, 'stream.ndjson'), 'utf8')).toMatch(
      /^\{"v":1,"type":"stream.started".*"exit_code":0\}\n$/s,
    );
    await portiaHere(['list', '--format', 'human', '-o', 'list.txt'], { cwd });
    expect(readFileSync(join(cwd, 'list.txt'), 'utf8')).toMatch(/^RUN .*COMPLETE/s);
  });

  test('when -o is given on a terminal then the file has JSON', async () => {
    const cwd = makeExampleProject();
    const terminal = openPortia(['plan', 'add 1 + 2', '-o', 'made.json'], { cwd });
    expect((await terminal.exit()).code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'made.json'), 'utf8'))).toMatchObject({ steps: [{}] });
  });

  test('when -q is given then standard error is silent', async () => {
    const cwd = makeExampleProject();
    expect(await portiaHere(['run', 'add 1 + 2', '--yes', '-q', '--format', 'value'], { cwd })).toEqual({
      code: 0,
      signal: null,
      stdout: '3\n',
      stderr: '',
    });
  });

  test.each([
    [['-v'], {}],
    [['--verbose'], {}],
    [[], { PORTIA_LOG_LEVEL: 'debug' }],
  ])('when %j %j asks for more then every event is a line', async (flags, env) => {
    const cwd = makeExampleProject();
    const { stdout, stderr } = await portiaHere(['run-plan', 'plan.json', '--format', 'value', ...flags], { cwd, env });
    expect(stdout).toBe('3\n');
    const log = readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    for (const line of log) expect(stderr).toContain((JSON.parse(line) as { type: string }).type);
  });

  test('when -C names a folder then everything happens there', async () => {
    const cwd = makeExampleProject();
    mkdirSync(join(cwd, 'sub'));
    const { stdout } = await portiaHere(
      ['-C', 'sub', 'run', 'add 1 + 2', '--yes', '--format', 'value', '-o', 'out.txt'],
      {
        cwd,
      },
    );
    expect(stdout).toBe('');
    expect(readFileSync(join(cwd, 'sub/out.txt'), 'utf8')).toBe('3\n');
    expect(onlyRun(join(cwd, 'sub')).state).toBe('COMPLETE');
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('when a run pauses in another folder then the printed commands work from here', async () => {
    const cwd = makeExampleProject({ "it's here/a/weather.txt": 'A', "it's here/b/weather.txt": 'B' });
    const dir = ['-C', "it's here"];
    const { code, stderr } = await portiaHere([...dir, 'run', 'read weather.txt', '--yes'], { cwd });
    expect(code).toBe(8);
    const [question] = printedQuestions(stderr).questions;
    const [command = ''] = question?.commands ?? [];
    expect(await runPrinted(`${command} --format value`, { cwd })).toMatchObject({ code: 0, stdout: 'A\n' });
    const { fix } = expectError(await portiaHere([...dir, 'run', 'add 1 + 2'], { cwd }), {
      code: 'approval-needed',
      exit: 8,
    });
    expect(await runPrinted(fix ?? '', { cwd })).toMatchObject({ code: 0 });
  });

  test('when standard input stays open then a command that does not read it ends', async () => {
    const cwd = makeExampleProject();
    const child = startPortia(['run', 'add 1 + 2', '--yes', '--format', 'value'], { cwd });
    const result = await ended(child);
    child.stdin?.destroy();
    expect(result).toMatchObject({ code: 0, stdout: '3\n' });
  });

  test('when --no-prompt or CI is set then a terminal is not asked either', async () => {
    for (const [flags, env] of [
      [['--no-prompt'], {}],
      [[], { CI: 'true' }],
      [[], { PORTIA_NO_PROMPT: '1' }],
    ] as const) {
      const cwd = makeExampleProject();
      const terminal = openPortia(['run', 'read weather.txt', '--yes', ...flags], { cwd, env });
      expect((await terminal.exit()).code).toBe(8);
      expect(terminal.screen()).toContain('--answer filename=');
    }
  });
});
