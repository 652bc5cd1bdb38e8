import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import {
  expectSoundPlan,
  onlyRun,
  openPortia,
  planIds,
  playModel,
  printedError,
  readPlan,
  runIds,
  story,
} from '../support/scenario.js';

const ONE_CALL = [
  'run.created',
  'run.started',
  'step.started 0',
  'tool.started 0',
  'tool.finished 0',
  'step.completed 0',
  'run.completed',
];

const additionPlan = {
  steps: [
    {
      task: 'Add 1 and 2.',
      inputs: [],
      tool_id: 'calculator_tool',
      output: '$result',
      condition: null,
      when: null,
    },
  ],
  error: null,
};

describe('the installation test', () => {
  test('when no model is configured then the offline planner plans it, says so, and the run is complete', async () => {
    const cwd = makeProject();
    const { code, stdout, stderr } = await portiaHere(['run', 'add 1 + 2', '--yes', '--format', 'json'], { cwd });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect(run).toMatchObject({ state: 'COMPLETE', current_step_index: 0, error: null, usage: { calls: 0 } });
    expect(run.outputs.final_output).toEqual({ value: 3, summary: null });
    expect(stderr).toContain('Planned offline: no model was used.');
    expect(stderr).toContain(`Plan ${run.plan_id}`);

    expect(onlyRun(cwd)).toMatchObject(run);
    expect(planIds(cwd)).toEqual([run.plan_id]);
    const plan = readPlan(cwd, run.plan_id);
    expect(plan).toMatchObject({ plan_context: { query: 'add 1 + 2' }, metadata: { planner: 'offline' } });
    expect(plan.steps).toMatchObject([{ tool_id: 'calculator_tool', output: '$result' }]);
    expect(story(cwd, run.id)).toEqual(ONE_CALL);
    await expectSoundPlan(cwd, run.plan_id);
  });

  test('when only the value is wanted then standard output has it and nothing else', async () => {
    const { code, stdout } = await portiaHere(['run', 'add 1 + 2', '--yes', '--format', 'value'], {
      cwd: makeProject(),
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  });

  test('when a model is configured then it plans and does the step, with one call for each', async () => {
    const cwd = makeProject();
    const model = await playModel([
      { match: /^You are a planner/, reply: { json: additionPlan }, usage: { input: 100, output: 20 } },
      {
        match: /Task: Add 1 and 2\./,
        reply: { toolCalls: [{ name: 'calculator_tool', arguments: { math_question: '1 + 2' } }] },
        usage: { input: 30, output: 7 },
      },
    ]);
    const { code, stdout, stderr } = await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd, env: model.environment });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect(run.outputs.final_output).toEqual({ value: 3, summary: null });
    expect(run.usage).toEqual({ calls: 1, input_tokens: 30, output_tokens: 7 });
    expect(stderr).not.toContain('offline');
    const plan = readPlan(cwd, run.plan_id);
    expect(plan.metadata).toMatchObject({
      planner: 'model',
      usage: { calls: 1, input_tokens: 100, output_tokens: 20 },
    });
    expect(story(cwd, run.id)).toEqual(ONE_CALL.toSpliced(3, 0, 'model.started 0', 'model.finished 0'));
    await expectSoundPlan(cwd, run.plan_id);
  });

  test('when the request needs a model and there is none then it exits 4, prints nothing and says what to set', async () => {
    const cwd = makeProject();
    const { code, stdout, stderr } = await portiaHere(['run', 'Which stock grew faster?', '--yes'], { cwd });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    const error = printedError(stderr);
    expect(error).toMatchObject({ code: 'no-model', exit_code: 4 });
    expect(error['why']).toContain('OPENAI_API_KEY is not set');
    for (const fix of ['export OPENAI_API_KEY=', 'export OPENAI_BASE_URL=http', 'portia help offline']) {
      expect(error['fix']).toContain(fix);
    }
  });

  test('when nobody can be asked and --yes is missing then the plan is saved, nothing runs, and it exits 8', async () => {
    const cwd = makeProject();
    const { code, stdout, stderr } = await portiaHere(['run', 'add 1 + 2'], { cwd });
    expect({ code, stdout }).toEqual({ code: 8, stdout: '' });
    const [id = '', ...others] = planIds(cwd);
    expect(others).toEqual([]);
    expect(printedError(stderr)).toMatchObject({ code: 'approval-needed', fix: `portia run-plan ${id}`, plan_id: id });
    const ran = await portiaHere(['run-plan', id, '--format', 'value'], { cwd });
    expect(ran).toMatchObject({ code: 0, stdout: '3\n' });
  });
});

describe('approving the plan at a terminal', () => {
  test('when y is pressed then the plan that was shown runs and its value is printed', async () => {
    const cwd = makeProject();
    const terminal = openPortia(['run', 'add 1 + 2'], { cwd });
    await terminal.waitFor('Run this plan?');
    expect(terminal.screen()).toMatch(/1 . calculator_tool {2}Calculate 1 \+ 2\./);
    terminal.type('y');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toMatch(/\n3\n/);
    const { id } = onlyRun(cwd);
    for (const line of [`saved runs/${id}.json`, `portia show ${id}`]) expect(terminal.screen()).toContain(line);
  });

  test.each([
    { key: 'n', code: 9, says: 'You said no to it.' },
    { key: 'l', code: 8, says: 'It was left for later.' },
  ])('when $key is pressed then it exits $code, the plan is kept and nothing runs', async ({ key, code, says }) => {
    const cwd = makeProject();
    const terminal = openPortia(['run', 'add 1 + 2'], { cwd });
    await terminal.waitFor('Run this plan?');
    terminal.type(key);
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code, signal: 0 });
    const [id = ''] = planIds(cwd);
    expect(terminal.screen()).toContain(says);
    expect(terminal.screen()).toContain(`portia run-plan ${id}`);
    expect(() => runIds(cwd)).toThrow('ENOENT');
  });

  test.each(['ctrl-c', 'ctrl-d'] as const)(
    'when %s is pressed then it exits 130 and the plan can be run later',
    async (key) => {
      const cwd = makeProject();
      const terminal = openPortia(['run', 'add 1 + 2'], { cwd });
      await terminal.waitFor('Run this plan?');
      terminal.press(key);
      expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
      const [id = ''] = planIds(cwd);
      expect(terminal.screen()).toContain(`portia run-plan ${id}`);
      expect(() => runIds(cwd)).toThrow('ENOENT');
      expect(await portiaHere(['run-plan', id, '--format', 'value'], { cwd })).toMatchObject({
        code: 0,
        stdout: '3\n',
      });
    },
  );
});
