import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { openPortia } from '../support/scenario.js';

const PAGE = ['help', 'plan-language'];

describe('a result that is longer than the screen', () => {
  test('when the pager has it then Ctrl-C is for the pager, and the command ends with it', async () => {
    const cwd = makeProject();
    const PAGER = `trap "echo still here" INT; cat > seen.txt; echo paged; read x < /dev/tty; read x < /dev/tty; echo closed`;
    const terminal = openPortia(PAGE, { cwd, env: { PAGER } });
    await terminal.waitFor('paged');
    terminal.press('ctrl-c');
    await terminal.waitFor('still here');
    terminal.type('q\rq\r');
    await terminal.waitFor('closed');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'seen.txt'), 'utf8')).toBe((await portia(PAGE, { cwd })).stdout);
  });

  test('when the pager is left early then nothing else is written, and all is well', async () => {
    const terminal = openPortia(['schema', 'plan'], { cwd: makeProject(), env: { PAGER: 'head -n 1' } });
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(terminal.screen()).toBe('{');
  });

  test('when a value is shown whole then it is in the pager, too, and nothing in it acts on the terminal', async () => {
    const steps = [{ kind: 'compute', expression: '$text', output: '$long' }];
    const plan = { plan_context: { query: 'Copy', tool_ids: [] }, plan_inputs: [{ name: '$text' }], steps };
    const cwd = makeProject({ 'plan.json': plan, 'text.txt': 'line\u001b[2J\n'.repeat(60) });
    expect((await portiaHere(['run-plan', 'plan.json', '-i', 'text=@text.txt'], { cwd })).code).toBe(0);
    const terminal = openPortia(['show', 'last', '--output-of', 'long'], { cwd, env: { PAGER: 'echo paged; cat' } });
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(terminal.screen()).toMatch(/^paged\nline\\u\{1b\}\[2J\n/);
  });

  test('when a picture has colours then the pager has them, too', async () => {
    const steps = Array.from({ length: 50 }, () => ({ kind: 'compute', expression: '1 + 1', output: '$two' }));
    const cwd = makeProject({ 'plan.json': { plan_context: { query: 'Add', tool_ids: [] }, steps } });
    const terminal = openPortia(['show', 'plan.json'], { cwd, env: { PAGER: 'cat -v' } });
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(terminal.screen()).toContain('^[[1mPlan');
  });
});
