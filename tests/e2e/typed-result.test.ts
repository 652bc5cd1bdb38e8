import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import type { ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, onlyRun, planIds, playModel, printedError, readPlan, story } from '../support/scenario.js';

const SCHEMA = { type: 'object', properties: { result: { type: 'number' } }, required: ['result'] };
const ARGS = ['run', 'Add 1 + 1', '--yes', '--schema', JSON.stringify(SCHEMA), '--format'];

const step = {
  task: 'Add 1 and 1.',
  inputs: [],
  tool_id: 'calculator_tool',
  output: '$total',
  condition: null,
  when: null,
};
const addition: ScriptEntry = {
  match: /Task: Add 1 and 1\./,
  reply: { toolCalls: [{ name: 'calculator_tool', arguments: { math_question: '1 + 1' } }] },
};
const planned = (match: RegExp): ScriptEntry => ({ match, reply: { json: { steps: [step], error: null } } });
const planAndStep = [planned(/^You are a planner[\s\S]*Form of the result[\s\S]*"result"/), addition];
const shaping = (value: unknown, match = /Give its result in the required shape/): ScriptEntry => ({
  match,
  reply: { json: value },
});
const REPAIR = /Your reply cannot be used:\n<data-\w+>\n- result: must be number/;

describe('a typed result', () => {
  test('when the first reply fits then the value has the shape', async () => {
    const cwd = makeProject();
    const model = await playModel([...planAndStep, shaping({ result: 2 })]);
    const { code, stdout } = await portiaHere([...ARGS, 'value'], { cwd, env: model.environment });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"result":2}\n' });
    const run = onlyRun(cwd);
    expect(run.outputs.final_output).toEqual({ value: { result: 2 }, summary: null });
    expect(run.outputs.step_outputs).toEqual({ $total: { value: 2, summary: null } });
    expect(readPlan(cwd, run.plan_id).output_schema).toEqual(SCHEMA);
    expect(story(cwd, run.id).slice(-4)).toEqual([
      'step.completed 0',
      'model.started final',
      'model.finished final',
      'run.completed',
    ]);
    await expectSoundPlan(cwd, run.plan_id, { env: model.environment });
  });

  test('when the first reply has a string then it is repaired once', async () => {
    const cwd = makeProject();
    const model = await playModel([...planAndStep, shaping({ result: 'two' }), shaping({ result: 2 }, REPAIR)]);
    const { code, stdout } = await portiaHere([...ARGS, 'json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect(run.outputs.final_output).toEqual({ value: { result: 2 }, summary: null });
    expect(run.usage).toEqual({ calls: 3, input_tokens: 30, output_tokens: 15 });
  });

  test('when it never fits then it exits 1 and the message names the path', async () => {
    const cwd = makeProject();
    const model = await playModel([...planAndStep, shaping({ result: 'two' }), shaping({ result: '2' }, REPAIR)]);
    const { code, stdout, stderr } = await portiaHere([...ARGS, 'value'], { cwd, env: model.environment });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const run = onlyRun(cwd);
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'model-reply-unusable', step: null } });
    expect(run.error?.why).toContain('result: must be number');
    expect(stderr).toContain('result: must be number');
    expect(story(cwd, run.id).at(-1)).toBe('run.failed');
    // What cannot be used was paid for all the same.
    expect(run.usage).toEqual({ calls: 3, input_tokens: 30, output_tokens: 15 });
    expect(planIds(cwd)).toEqual([run.plan_id]);
  });

  test('when it never fitted then resuming asks again and repeats no step', async () => {
    const cwd = makeProject();
    const bad = [shaping({ result: 'two' }), shaping({ result: '2' }, REPAIR)];
    const model = await playModel([...planAndStep, ...bad, shaping({ result: 2 })]);
    await portiaHere([...ARGS, 'value'], { cwd, env: model.environment });
    const resumed = await portiaHere(['resume', 'last', '--format', 'value'], { cwd, env: model.environment });
    expect(resumed).toMatchObject({ code: 0, stdout: '{"result":2}\n' });
    const { id, error } = onlyRun(cwd);
    expect(error).toBeNull();
    expect(story(cwd, id).filter((line) => line === 'step.started 0')).toHaveLength(1);
  });

  test('when the value has the shape already then no model is asked for it', async () => {
    const cwd = makeProject();
    const model = await playModel([planned(/^You are a planner/), addition]);
    const args = ['run', 'Add 1 + 1', '--yes', '--schema', '{"type":"number"}', '--format', 'value'];
    const { code, stdout } = await portiaHere(args, { cwd, env: model.environment });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '2\n' });
  });

  test.each([
    { schema: '{"type":', why: 'JSON' },
    { schema: '{"type":"numbr"}', why: 'type' },
    { schema: 'missing.json', why: 'missing.json' },
  ])('when the schema is $schema then it exits 2 before any model is asked', async ({ schema, why }) => {
    const cwd = makeProject();
    const model = await playModel([]);
    const { code, stdout, stderr } = await portiaHere(['run', 'Add 1 + 1', '--schema', schema], {
      cwd,
      env: model.environment,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.stringify(printedError(stderr))).toContain(why);
  });
});
