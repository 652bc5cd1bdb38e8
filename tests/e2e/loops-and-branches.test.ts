import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, onlyRun, printedError, runPrinted, story } from '../support/scenario.js';
import { loopsProject, loopsScenario } from './loops-project.js';

const parse = (stdout: string): Run => JSON.parse(stdout) as Run;

/** The last values of the steps of a path, with every iteration. */
const valuesAt = (run: Run, path: RegExp): unknown[] =>
  run.steps.flatMap((step) => (path.test(step.path) ? [step.output?.['value']] : []));

describe('loops and branches without a model', () => {
  test('when the plan is run then every loop and branch does what it says', async () => {
    const cwd = loopsProject();
    await expectSoundPlan(cwd, 'loops.json');
    const { code, stdout } = await portiaHere(['run-plan', 'loops.json'], { cwd });
    expect(code).toBe(0);
    const run = parse(stdout);
    expect(run).toMatchObject({ state: 'COMPLETE', usage: { calls: 0 }, current_step_index: 8 });
    expect(run.outputs.final_output?.['value']).toEqual({
      increased: [2, 3, 4],
      counted: 5,
      reached: 4,
      nothing: [],
      parities: ['1 is odd', '2 is even', '3 is odd'],
      files: ['Content written to 1.txt', 'Content written to 2.txt', 'Content written to 3.txt'],
    });
    expect(valuesAt(run, /^0\[\d\]\.steps\.0$/)).toEqual([2, 3, 4]);
    expect(valuesAt(run, /^2\[\d\]\.steps\.0$/)).toEqual([2, 3, 4, 5]);
    expect(valuesAt(run, /^4\[\d\]\.steps\.0$/)).toEqual([1, 2, 3, 4]);
    expect(valuesAt(run, /^5\[/)).toEqual([]);
    expect(readFileSync(join(cwd, '2.txt'), 'utf8')).toBe('2 is even\n');
  });

  test('when a loop has an if in it then each round takes its own branch, in order', async () => {
    const cwd = loopsProject();
    const { stdout } = await portiaHere(['run-plan', 'loops.json'], { cwd });
    const begun = story(cwd, parse(stdout).id).filter((line) => line.startsWith('step.started 6'));
    expect(begun).toEqual([
      'step.started 6',
      'step.started 6[0].steps.0',
      'step.started 6[0].steps.0.else.0',
      'step.started 6[1].steps.0',
      'step.started 6[1].steps.0.branches.0.steps.0',
      'step.started 6[2].steps.0',
      'step.started 6[2].steps.0.else.0',
    ]);
  });

  test('when it is shown then the tree has every block with how often it was done', async () => {
    const cwd = loopsProject();
    await portiaHere(['run-plan', 'loops.json'], { cwd });
    const { stdout } = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
    expect(stdout).toMatch(/3\.1 ✔ compute +\$counter \+ 1 \(4 rounds\)/);
    expect(stdout).toMatch(/6\.1 ↷ compute +\$item/);
    expect(stdout).toMatch(/7\.1 ✔ if +\(3 rounds\)/);
    expect(stdout).toMatch(/7\.1\.else\.1 ✔ compute .*\(2 rounds\)/);
    expect(stdout).toMatch(/8\.else\.1\.1 ✔ file_writer_tool/);
  });

  test('when a branch holds an exit then the run ends there, as a success or as a failure', async () => {
    const cwd = loopsProject();
    const empty = await portiaHere(['run-plan', 'loops.json', '-i', 'numbers:=[]', '--format', 'value'], { cwd });
    expect(empty).toMatchObject({ code: 0, stdout: 'There is nothing to write.\n' });
    const run = onlyRun(cwd);
    expect(run.outputs.step_outputs).toMatchObject({ $increased: { value: [] }, $parities: { value: [] } });
    expect(run.steps.at(-1)).toMatchObject({ path: '7.branches.0.steps.0', status: 'completed' });

    const high = await portiaHere(['run-plan', 'loops.json', '-i', 'limit:=100'], { cwd });
    expect(high.code).toBe(1);
    expect(high.stderr).toContain('8.2.1 ✖ fail  Counted to 101.');
    const shown = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
    expect(shown.stdout).toContain('8.2.1 ✖ fail');
    expect(shown.stdout).toMatch(/^Next {2}portia run-plan plan-\S+ {3}# a new run, with other inputs$/m);
    const { message, fix, exit_code: exitCode } = printedError(high.stderr);
    expect({ message, exitCode }).toEqual({ message: 'Step 8.2.1: Counted to 101.', exitCode: 1 });
    expect(fix).toMatch(/^portia run-plan plan-\S+ {3}# a new run, with other inputs$/);
  });

  test(
    'when the process is killed in each of its calls then the loops continue right there, to the same end',
    { timeout: 240_000 },
    async () => {
      const undisturbed = await runUndisturbed(loopsScenario);
      const { points, asked } = await killAtEachCall(loopsScenario, undisturbed);
      expect({ points: points > 1, asked }).toEqual({ points: true, asked: 0 });
    },
  );
});

describe('a loop that does not end', () => {
  const counting = (steps: object) => ({
    plan_context: { query: 'count', tool_ids: [] },
    steps: [{ kind: 'compute', expression: '0', output: '$n' }, steps],
  });
  const step = { kind: 'compute', expression: '$n + 1', output: '$n' };

  test('when it has no end then --max-steps stops it with exit 8, and it continues for as long as it may', async () => {
    const cwd = makeProject({ 'endless.json': counting({ kind: 'while', when: 'true', steps: [step] }) });
    const stopped = await portiaHere(['run-plan', 'endless.json', '--max-steps', '100'], { cwd });
    expect(stopped.code).toBe(8);
    expect(printedError(stopped.stderr)).toMatchObject({ code: 'budget-reached', exit_code: 8, resumable: true });
    const run = parse(stopped.stdout);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'budget' } });
    expect(run.steps).toHaveLength(100);
    const further = await portiaHere(['resume', 'last', '--max-steps', '150'], { cwd });
    expect(further.code).toBe(8);
    const last = parse(further.stdout);
    expect(last.step_totals).toMatchObject([{ completed: 148 }]);
    expect(valuesAt(last, /^1\[/)).toEqual(Array.from({ length: 100 }, (_, index) => index + 49));
  });

  test('when it ends within the higher limit then the run is complete', async () => {
    const cwd = makeProject({
      'long.json': counting({ kind: 'do_while', when: '$n < 120', steps: [step], output: '$end' }),
    });
    const stopped = await portiaHere(['run-plan', 'long.json', '--max-steps', '100'], { cwd });
    expect(stopped.code).toBe(8);
    const { pause } = parse(stopped.stdout);
    const end = await runPrinted(`${pause?.next} --max-steps 200 --format value`, { cwd });
    expect(end).toMatchObject({ code: 0, stdout: '120\n' });
  });
});

describe('blocks that are not whole', () => {
  const body = [{ kind: 'compute', expression: '1', output: '$one' }];
  const broken: [string, object, { pointer: string; message: RegExp }][] = [
    [
      'a loop without an end',
      { kind: 'for_each', over: '[1]', as: 'x' },
      { pointer: '/steps/0/steps', message: /missing/ },
    ],
    [
      'a loop without steps',
      { kind: 'while', when: 'true', steps: [] },
      { pointer: '/steps/0/steps', message: /at least one step/ },
    ],
    [
      'a loop without a condition',
      { kind: 'while', steps: body },
      { pointer: '/steps/0', message: /neither when nor condition/ },
    ],
    [
      'an else without if',
      { kind: 'else', steps: body },
      { pointer: '/steps/0/kind', message: /must be one of: .*if/ },
    ],
    ['an if without branches', { kind: 'if', else: body }, { pointer: '/steps/0/branches', message: /missing/ }],
    [
      'an if with none',
      { kind: 'if', branches: [], else: body },
      { pointer: '/steps/0/branches', message: /at least one branch/ },
    ],
    [
      'a branch without steps',
      { kind: 'if', branches: [{ when: 'true' }] },
      { pointer: '/steps/0/branches/0/steps', message: /missing/ },
    ],
    [
      'a branch without a condition',
      { kind: 'if', branches: [{ steps: body }] },
      { pointer: '/steps/0/branches/0', message: /neither when nor condition/ },
    ],
  ];

  const project = (step: object) =>
    makeProject({ 'broken.json': { plan_context: { query: 'q', tool_ids: [] }, steps: [step] } });

  test.each(broken)('when there is %s then check exits 2 and says where', async (_what, step, wanted) => {
    const checked = await portiaHere(['check', 'broken.json'], { cwd: project(step) });
    expect(checked.code).toBe(2);
    const found = JSON.parse(checked.stdout) as { problems: { severity: string; pointer: string; message: string }[] };
    const errors = found.problems.filter(({ severity }) => severity === 'error');
    expect(errors.map((problem) => problem.pointer)).toEqual([wanted.pointer]);
    expect(errors[0]?.message).toMatch(wanted.message);
  });

  test('when such a plan is run then nothing is begun, and exit 2 says where', async () => {
    const cwd = project({ kind: 'if', else: body });
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'broken.json'], { cwd });
    expect({ code, stdout, files: readdirSync(cwd) }).toEqual({ code: 2, stdout: '', files: ['.home', 'broken.json'] });
    expect(printedError(stderr)).toMatchObject({ code: 'invalid-plan', pointer: '/steps/0/branches' });
  });

  test('when a block is left open in the text then check exits 2 with the line', async () => {
    const text =
      '{"plan_context": {"query": "q", "tool_ids": []},\n "steps": [\n {"kind": "for_each", "over": "[1]", "as": "x", "steps": [\n';
    const cwd = makeProject({ 'open.json': text });
    const checked = await portiaHere(['check', 'open.json'], { cwd });
    expect(checked.code).toBe(2);
    expect(printedError(checked.stderr)['why']).toMatch(/Line 4, column 1/);
  });
});
