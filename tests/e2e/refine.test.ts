import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { ADD_PLAN_ID, addPlan, completeRun, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { expectSoundPlan, planIds, playModel, readPlan } from '../support/scenario.js';

const loop = {
  kind: 'for_each',
  over: "['paper', 'ink']",
  as: 'item',
  output: '$counts',
  steps: [{ kind: 'user_input', message: 'How many of {{ $item }}?', schema: { type: 'integer' }, output: '$pieces' }],
};
const orderPlan = addPlan({
  plan_context: { query: 'Order what is missing', tool_ids: ['calculator_tool', 'llm_tool'] },
  steps: [loop, { kind: 'compute', expression: '$sum($counts)', output: '$total' }],
});
const report = {
  task: 'Report the total in one sentence.',
  inputs: [{ name: '$total', description: 'pieces' }],
  tool_id: null,
  output: '$report',
  condition: null,
  when: null,
};
const replies = (json: object): ScriptEntry => ({ match: /^You are a planner/, reply: { json } });
const project = () => makeExampleProject({ 'order.json': orderPlan });

describe('portia refine', () => {
  test('when the hint adds a step then loops and computations stay as they are, and both plans are kept', async () => {
    const cwd = project();
    const model = await playModel([replies({ steps: [{ keep: 0 }, { keep: 1 }, report], error: null })]);
    const result = await portiaHere(['refine', 'order.json', 'report the total'], { cwd, env: model.environment });
    expect(result.code).toBe(0);
    const plan = JSON.parse(result.stdout) as Plan;
    expect(planIds(cwd)).toEqual([ADD_PLAN_ID, plan.id]);
    expect(readPlan(cwd, plan.id)).toEqual(plan);
    expect(plan).toMatchObject({
      derived_from: ADD_PLAN_ID,
      plan_context: { query: 'Order what is missing\nreport the total' },
      steps: [loop, { kind: 'compute', expression: '$sum($counts)' }, { output: '$report', tool_id: 'llm_tool' }],
    });
    expect(result.stderr).toContain('+  3 ◆ llm_tool  Report the total in one sentence.');
    await expectSoundPlan(cwd, plan.id);
    const [request] = model.requests.map(promptOf);
    expect(request).toContain('## Request\nOrder what is missing');
    expect(request).toContain('"How many of {{ $item }}?"');
    expect(request).toContain('## Change\nreport the total\n');
  });

  test('when the hint needs a tool that is off then no model is asked, and what the plan was asked for does not count', async () => {
    const cwd = makeExampleProject({
      'order.json': { ...orderPlan, plan_context: { query: 'Search the web for prices', tool_ids: ['llm_tool'] } },
    });
    const model = await playModel([replies({ steps: [{ keep: 0 }, { keep: 1 }, report], error: null })]);
    const refine = async (...args: string[]) =>
      portiaHere(['refine', 'order.json', ...args], { cwd, env: model.environment });
    const { message, fix } = expectError(await refine('also email ada@example.com the total'), {
      code: 'no-plan',
      exit: 5,
    });
    expect(message).toBe('The request needs send_email_tool, which is off.');
    expect(fix).toContain('To plan without it: --exclude-tool send_email_tool');
    expect(model.requests).toEqual([]);
    expect((await refine('report the total')).code).toBe(0);
  });

  test('when a plan is refined twice then the plans are a chain, and the second time knows the first hint', async () => {
    const cwd = project();
    const model = await playModel([
      replies({ steps: [{ keep: 0 }, { keep: 1 }, report], error: null }),
      replies({ steps: [{ keep: 0 }, { keep: 1 }, { ...report, task: 'Report the total in German.' }], error: null }),
    ]);
    await portiaHere(['refine', 'order.json', 'report the total'], { cwd, env: model.environment });
    await portiaHere(['refine', 'last', 'in German'], { cwd, env: model.environment });
    const [, second = '', third = ''] = planIds(cwd);
    expect(readPlan(cwd, third)).toMatchObject({ derived_from: second });
    expect(promptOf(model.requests[1] ?? { model: '', messages: [] })).toContain('report the total\n\n## Steps so far');
  });

  test('when the hint changes what is done in a loop then only that differs, and the plan runs', async () => {
    const cwd = project();
    const step = { ...loop, over: "['paper']" };
    const model = await playModel([replies({ steps: [{ change: 0, step }, { keep: 1 }], error: null })]);
    const result = await portiaHere(['refine', 'order.json', 'only paper'], { cwd, env: model.environment });
    expect(result.stderr).toContain(`~  1 ▸ for each  → $counts\n      over  - "['paper', 'ink']"  + "['paper']"`);
    const { steps } = JSON.parse(result.stdout) as Plan;
    expect(steps[0]).toMatchObject({ task: "Do the steps for each of ['paper']", over: "['paper']" });
    const ran = await portiaHere(['run-plan', 'last', '--answer', '0[0].steps.0.pieces:=4', '--format', 'value'], {
      cwd,
    });
    expect(ran).toMatchObject({ code: 0, stdout: '4\n' });
  });

  test.each([
    ['a file', ['@hint.txt'], ''],
    ['standard input', [], 'shorter, please'],
    ['standard input, said so', ['-'], 'shorter, please'],
  ])('when the hint comes from %s then it is taken', async (_what, args, input) => {
    const cwd = project();
    writeFileSync(join(cwd, 'hint.txt'), 'shorter, please\n');
    const model = await playModel([replies({ steps: [{ keep: 0 }], error: null })]);
    const result = await portiaHere(['refine', 'order.json', ...args], { cwd, env: model.environment, input });
    expect(result.code).toBe(0);
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).toContain('## Change\nshorter, please\n');
    expect(result.stderr).toContain('-  2 = compute');
  });

  test('when the model changes no step then nothing is kept, and the plan is the answer', async () => {
    const cwd = project();
    const model = await playModel([replies({ steps: [{ keep: 0 }, { keep: 1 }], error: null })]);
    const result = await portiaHere(['refine', 'order.json', 'no change'], { cwd, env: model.environment });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ id: ADD_PLAN_ID });
    expect(result.stderr).toContain('The model changed nothing: order.json stays as it is.');
    expect(existsSync(join(cwd, 'plans'))).toBe(false);
  });

  test('when the flags say so then other tools are offered, an input is added and the result has a form', async () => {
    const cwd = project();
    const model = await playModel([replies({ steps: [{ keep: 0 }, { keep: 1 }], error: null })]);
    const flags = ['-t', 'llm_tool', '--plan-input', 'day:which day', '--schema', '{"type":"number"}'];
    const result = await portiaHere(['refine', 'order.json', 'x', ...flags], { cwd, env: model.environment });
    expect(JSON.parse(result.stdout)).toMatchObject({
      plan_context: { tool_ids: ['llm_tool'] },
      plan_inputs: [{ name: 'day', description: 'which day' }],
      output_schema: { type: 'number' },
    });
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain('"id":"calculator_tool"');
  });
});

describe('what portia refine refuses', () => {
  test('when there is no model then it exits 4, and says that hints need one', async () => {
    const cwd = project();
    const before = listFolder(cwd);
    const error = expectError(await portiaHere(['refine', 'plan.json', 'x'], { cwd }), { code: 'no-model', exit: 4 });
    expect(error.why).toContain('Without a model no plan can be changed by a hint.');
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when the offline planner was asked for then it says that it cannot', async () => {
    const cwd = project();
    const model = await playModel([]);
    const args = ['refine', 'plan.json', 'x', '--planner', 'offline'];
    expectError(await portiaHere(args, { cwd, env: model.environment }), { code: 'no-plan', exit: 5 });
  });

  test('when the model says that it cannot be done then its reason is reported, and editing is named', async () => {
    const cwd = project();
    const model = await playModel([replies({ steps: [], error: 'The loop cannot be changed.' })]);
    const result = await portiaHere(['refine', 'order.json', 'ask for one item only'], { cwd, env: model.environment });
    const error = expectError(result, { code: 'no-plan', exit: 5 });
    expect(error).toMatchObject({ why: 'The loop cannot be changed.', fix: expect.stringContaining('portia edit') });
    expect(existsSync(join(cwd, 'plans'))).toBe(false);
  });

  test('when a reply breaks what a kept step needs then the model is told, and may do better', async () => {
    const cwd = project();
    const model = await playModel([
      replies({ steps: [{ keep: 1 }], error: null }),
      replies({ steps: [{ keep: 0 }], error: null }),
    ]);
    const result = await portiaHere(['refine', 'order.json', 'no total'], { cwd, env: model.environment });
    expect(result.code).toBe(0);
    expect(promptOf(model.requests[1] ?? { model: '', messages: [] })).toContain('Nothing defines $counts.');
  });

  test.each([
    [['plan.json', ''], 'usage', /hint is empty/],
    [['plan.json', '  '], 'usage', /hint is empty/],
    [['plan.json'], 'usage', /hint is empty/],
    [['plan.json', '@nothing.txt'], 'not-found', /nothing.txt/],
    [['plan-0000', 'x'], 'not-found', /plan-0000/],
    [['notes.md', 'x'], 'unreadable', /notes.md/],
    [['plan.json', 'only', 'after', '14:00'], 'usage', /was given 4 words/],
    [['-', '-'], 'usage', /read twice/],
  ])('when %j is typed then it exits 2 and no model is asked', async (args, code, says) => {
    const cwd = project();
    const before = listFolder(cwd);
    const model = await playModel([]);
    const input = args[0] === '-' ? JSON.stringify(addPlan()) : '';
    const result = await portiaHere(['refine', ...args], { cwd, env: model.environment, input });
    expect(expectError(result, { code, exit: 2 }).message).toMatch(says);
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when the words of the hint are not quoted then the quoted command is printed', async () => {
    const cwd = project();
    const { fix } = expectError(await portiaHere(['refine', 'last', 'only', 'now'], { cwd }), {
      code: 'usage',
      exit: 2,
    });
    expect(fix).toBe("portia refine last -- 'only now'");
  });

  test('when a run is to be refined then it says that it is one', async () => {
    const cwd = project();
    const run = await completeRun(cwd);
    const { why } = expectError(await portiaHere(['refine', run, 'x'], { cwd }), { code: 'not-found', exit: 2 });
    expect(why).toBe('That is the id of a run.');
  });
});
