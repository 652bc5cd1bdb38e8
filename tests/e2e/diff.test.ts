import { describe, expect, test } from 'vitest';

import { ADD_PLAN_ID, addPlan, completeRun, makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, planIds, runIds } from '../support/scenario.js';

const add = (question: string) => ({
  steps: [{ kind: 'tool', tool_id: 'calculator_tool', args: { math_question: question }, output: '$result' }],
});
const project = () => makeExampleProject({ 'other.json': addPlan(add('1 + 5')) });

describe('portia diff', () => {
  test('when two plans are compared then the changed key is reported with old and new, and the exit code is 0', async () => {
    const { code, stdout } = await portiaHere(['diff', 'plan.json', 'other.json'], { cwd: project() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      a: 'plan.json',
      b: 'other.json',
      changes: [
        {
          change: 'changed',
          part: 'step',
          path: '0',
          old_path: '0',
          keys: [{ pointer: '/args/math_question', old: '1 + 2', new: '1 + 5' }],
        },
      ],
    });
  });

  test('when it is asked for the exit code then it is 1 for a difference and 0 for none', async () => {
    const cwd = project();
    expect((await portiaHere(['diff', 'plan.json', 'other.json', '--exit-code'], { cwd })).code).toBe(1);
    expect((await portiaHere(['diff', 'plan.json', 'plan.json', '--exit-code'], { cwd })).code).toBe(0);
  });

  test('when it is typed at a terminal then it is a picture', async () => {
    const terminal = openPortia(['diff', 'plan.json', 'other.json'], { cwd: project() });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.screen()).toContain(
      '~  1 ■ calculator_tool  → $result\n      args.math_question  - "1 + 2"  + "1 + 5"',
    );
    expect(terminal.raw()).toContain('\u001b[33m~');
  });

  test('when a plan was written by hand and the other is what is kept of it then nothing differs', async () => {
    const cwd = project();
    await portiaHere(['run-plan', 'plan.json'], { cwd });
    const { stdout } = await portiaHere(['diff', 'plan.json', ADD_PLAN_ID], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ b: ADD_PLAN_ID, changes: [] });
  });

  test('when two runs are compared then steps are reported by path, and last means a run beside a run', async () => {
    const cwd = project();
    const first = await completeRun(cwd);
    await portiaHere(['run', 'add 1 + 3', '--yes'], { cwd });
    const { stdout } = await portiaHere(['diff', first, 'last'], { cwd });
    const { a, b, changes } = JSON.parse(stdout) as { a: string; b: string; changes: { part: string }[] };
    expect([a, b]).toEqual(runIds(cwd));
    expect(changes.map(({ part }) => part)).toEqual(['run', 'step', 'final_output']);
    expect(changes[1]).toEqual({
      change: 'changed',
      part: 'step',
      path: '0',
      keys: [{ pointer: '/output/value', old: 3, new: 4 }],
    });
  });

  test('when last stands beside a plan then it is the newest plan', async () => {
    const cwd = project();
    await completeRun(cwd);
    for (const args of [
      ['last', 'plan.json'],
      ['plan.json', 'last'],
    ]) {
      const { stdout } = await portiaHere(['diff', ...args], { cwd });
      expect(JSON.parse(stdout)).toMatchObject({ [args[0] === 'last' ? 'a' : 'b']: planIds(cwd)[0] });
    }
  });

  test.each([
    [['last', 'last'], 'not-found', /no plan/],
    [['plan.json', 'plan-nothing'], 'not-found', /plan-nothing/],
    [['plan.json', 'prun-0000'], 'not-found', /prun-0000/],
    [['plan.json', 'nothing.json'], 'not-found', /nothing.json/],
    [['plan.json', 'notes.md'], 'unreadable', /notes.md/],
  ])('when %j is compared then the error names what is wrong', async (args, code, says) => {
    const error = expectError(await portiaHere(['diff', ...args], { cwd: project() }), { code, exit: 2 });
    expect(error.message).toMatch(says);
  });

  test('when a plan is compared with a run then it is refused', async () => {
    const cwd = project();
    const run = await completeRun(cwd);
    const error = expectError(await portiaHere(['diff', 'plan.json', run], { cwd }), { code: 'usage', exit: 2 });
    expect(error.message).toContain(`plan.json is a plan, and ${run} a run`);
  });
});
