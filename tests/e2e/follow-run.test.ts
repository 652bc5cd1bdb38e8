import { spawn } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { liveProject, openGate, startRun } from '../server/web/live-project.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, portia, PORTIA, startPortia, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, readEvents } from '../support/scenario.js';
import { storedIn } from '../support/tested-store.js';

describe('show --follow', () => {
  test('when a run works elsewhere then its lines come as it happens, until it asks', async () => {
    const cwd = liveProject();
    const id = await startRun(cwd, 'gated.json');
    const follower = startPortia(['show', id, '--follow'], { cwd });
    const told = new Promise<string>((resolve) => {
      follower.stdout?.once('data', (text: Buffer) => resolve(text.toString()));
    });
    const end = ended(follower, '');
    openGate(cwd, 'first');
    expect(await told).toMatch(/^ 1 ✔ gate_tool {2}/);
    const { code, stdout, stderr } = await end;
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 8, lines: 2 });
    expect(stderr).toContain('How many?');

    const whole = await portiaHere(['resume', id, '--answer', 'many=3', '--json'], { cwd });
    expect(whole.code).toBe(0);
    const again = await portiaHere(['show', id, '--follow', '--quiet'], { cwd });
    expect(again).toMatchObject({ code: 0, stdout: '4\n' });
  });

  test('when JSON is asked for then each event is a line, and the last has the exit code', async () => {
    const cwd = liveProject();
    const id = await startRun(cwd, 'gated.json');
    openGate(cwd, 'first');
    const { code, stdout } = await portia(['show', id, '--follow', '--json'], { cwd });
    expect(code).toBe(8);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.slice(1, -1)).toEqual(readEvents(storedIn(cwd), id));
    expect(lines.at(-1)).toMatchObject({ type: 'run.result', state: 'NEED_CLARIFICATION', exit_code: 8 });
  });

  test('when Ctrl-C comes then only the showing ends', async () => {
    const cwd = liveProject();
    const id = await startRun(cwd, 'gated.json');
    const terminal = openPortia(['show', 'last', '--follow'], { cwd });
    await terminal.waitFor(/Ctrl-C ends the showing, not the run\.[^]*1 gate_tool/);
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toMatchObject({ code: 130 });
    openGate(cwd, 'first');
    expect((await portiaHere(['wait', id], { cwd })).code).toBe(8);
  });

  test('when the process of the run dies then it says how the run continues', async () => {
    const cwd = liveProject();
    const driver = spawn(TESTED_NODE, [PORTIA, 'run-plan', 'gated.json', '--format', 'ndjson'], {
      cwd,
      env: cleanEnvironment(cwd),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const id = await new Promise<string>((resolve) => {
      let text = '';
      driver.stdout.on('data', (data: Buffer) => {
        text += data.toString();
        const [, found] = /"tool\.started","run_id":"([^"]+)"/.exec(text) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const following = portia(['show', id, '--follow'], { cwd });
    driver.kill('SIGKILL');
    const { code, stderr } = await following;
    expect(code).toBe(1);
    expect(stderr).toContain(`portia resume ${id}`);
    openGate(cwd, 'first');
  });

  test.each([
    ['a plan', ['plan-00000000-0000-4000-8000-000000000000'], 'not-found'],
    ['a file that is not in the store', ['ask.json'], 'not-found'],
    ['one step of a run', ['last', '--step', '0'], 'usage'],
    ['a run without its data', ['last', '--redact'], 'usage'],
    ['calls', ['last', '--trace'], 'usage'],
  ])('when %s is to be followed then it is refused', async (_what, args, code) => {
    expectError(await portiaHere(['show', ...args, '--follow'], { cwd: liveProject() }), { code, exit: 2 });
  });
});
