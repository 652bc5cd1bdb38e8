import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  openClarifications,
  Portia,
  PortiaError,
  type Plan,
  type PortiaOptions,
  type RunOptions,
} from '../../src/index.js';
import { call, compute, PLAN_ID, planOf, portiaIn, scriptedModel } from './library-doubles.js';

const asking = planOf([{ kind: 'user_input', message: 'Which?', output: '$answer' }]);

async function errorOf(work: () => unknown): Promise<PortiaError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PortiaError) return error;
    throw error;
  }
  throw new Error('It succeeded.');
}

test.each<[string, (portia: Portia) => unknown, string, string]>([
  ['of a Portia', () => new Portia({ tols: [] } as PortiaOptions), 'new Portia has no option "tols".', 'tools'],
  ['of limits', () => new Portia({ limits: { token: 1 } } as PortiaOptions), 'limits has no option "token".', 'tokens'],
  [
    'of a run',
    (portia) => portia.runPlan(asking, { input: {} } as RunOptions),
    'runPlan has no option "input".',
    'inputs',
  ],
  ['of a plan', (portia) => portia.plan('add 1 + 2', { output: {} } as never), 'plan has no option "output".', ''],
  ['of a list', (portia) => portia.listRuns({ stat: 'FAILED' } as never), 'listRuns has no option "stat".', 'state'],
  [
    'of state',
    (portia) => portia.listRuns({ state: 'FAILD' } as never),
    'The option state cannot be "FAILD".',
    'FAILED',
  ],
])('when an option %s does not exist then the nearest one is named', async (_what, work, message, near) => {
  const { portia } = portiaIn({ store: 'memory:' });
  const error = await errorOf(() => work(portia));
  expect(error).toMatchObject({ code: 'usage', message });
  expect(error.details.fix).toContain(near);
});

test('when an input is missing or does not exist then the remedy is one of code', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const plan = planOf([compute('$item', '$same')], { plan_inputs: [{ name: '$item' }] });
  const misspelt = await errorOf(() => portia.runPlan(plan, { inputs: { itm: 'tea' } }));
  expect(misspelt).toMatchObject({
    code: 'invalid-input',
    details: { why: expect.stringContaining('did you mean item?') },
  });
  const missing = await errorOf(() => portia.runPlan(plan));
  expect(missing).toMatchObject({ code: 'missing-input', details: { fix: 'runPlan(plan, { inputs: { item: … } })' } });
});

test.each(['file:', 'memory:'])('when runs are listed (%s) then nothing is resumed', async (store) => {
  const { portia } = portiaIn({ store });
  const done = await portia.runPlan(planOf([compute('1 + 1', '$two')]));
  const waiting = await portia.runPlan(asking);
  expect((await portia.listRuns()).map(({ id }) => id)).toEqual([waiting.id, done.id]);
  expect(await portia.listRuns({ limit: 1 })).toHaveLength(1);
  expect(await portia.listRuns({ state: 'NEED_CLARIFICATION' })).toMatchObject([{ id: waiting.id }]);
  const read = await portia.getRun(waiting.id);
  expect(read).toEqual(waiting);
  expect(openClarifications(read).map((question) => question.user_guidance)).toEqual(['Which?']);
  const missing = await errorOf(() => portia.getRun('prun-019a0000-0000-7000-8000-000000000009'));
  expect(missing.code).toBe('not-found');
});

test('when a run is cancelled then it has ended, and says by whom', async () => {
  const { portia } = portiaIn({ store: 'memory:', by: 'ada' });
  const waiting = await portia.runPlan(asking);
  const run = await portia.cancel(waiting.id);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'declined', message: 'cancelled by ada' } });
  expect(await portia.getRun(waiting.id)).toEqual(run);
  expect((await errorOf(() => portia.cancel(run))).code).toBe('run-final');
});

test('when a plan is checked then every problem is reported, of its shape and of what it means', async () => {
  const { portia, dir } = portiaIn();
  expect(await portia.check(planOf([compute('1', '$a')]))).toEqual([]);
  const wrong = planOf([call('no_such_tool', {}), compute('$a +', '$b'), { kind: 'compute', output: '$c' }]);
  const pointers = (await portia.check(wrong)).map(({ severity, pointer }) => [severity, pointer]);
  expect(pointers).toEqual(
    expect.arrayContaining([
      ['error', '/steps/0/tool_id'],
      ['error', '/steps/1/expression'],
      ['error', '/steps/2/expression'],
    ]),
  );
  const kept = await portia.plan('add 1 + 2');
  expect(await portia.check(kept.id)).toEqual([]);
  expect(await new Portia({ dir, environment: {} }).listRuns()).toEqual([]);
});

test('when a plan is read from YAML then it is run, and a mistake is reported with its place', async () => {
  const { portia, dir } = portiaIn();
  const text =
    'plan_context: { query: two, tool_ids: [] }\nsteps:\n  - { kind: compute, expression: 1 + 1, output: $two }\n';
  writeFileSync(join(dir, 'two.yaml'), text);
  const plans = [await portia.readPlan('two.yaml'), await portia.readPlan({ text })];
  for (const plan of plans) expect((await portia.runPlan(plan)).outputs.final_output).toMatchObject({ value: 2 });
  expect(plans[0]?.id).toBe(plans[1]?.id);
  const broken = await errorOf(() => portia.readPlan({ text: text.replace('output: $two', 'ouput: $two') }));
  expect(broken).toMatchObject({ code: 'invalid-plan', details: { why: expect.stringContaining('Line 3') as string } });
  expect((await errorOf(() => portia.readPlan('three.yaml'))).code).toBe('not-found');
});

test('when a plan is refined then the model changes it, and both are kept', async () => {
  const reply = JSON.stringify({
    steps: [{ keep: 0 }, { task: 'Say it.', inputs: ['$two'], output: '$said' }],
    error: null,
  });
  const same = JSON.stringify({ steps: [{ keep: 0 }], error: null });
  const { portia } = portiaIn({ store: 'memory:', model: scriptedModel(reply, same).model });
  const plan = planOf([compute('1 + 1', '$two')]);
  const refined = await portia.refine(plan, 'say it in words');
  expect(refined.steps).toMatchObject([{ expression: '1 + 1' }, { task: 'Say it.' }]);
  expect(await portia.check(refined.derived_from ?? refined.id)).toEqual([]);
  expect((await portia.refine(plan, 'leave it')).id).toBe(refined.derived_from);
});

test('when a plan ran before then it runs again, and what is wrong with it once it is changed is said', async () => {
  const { portia } = portiaIn();
  const good = planOf([compute('1', '$x')], { id: PLAN_ID });
  const broken = planOf([compute('$no', '$x')], { id: PLAN_ID });
  const outer = (plan: Plan) => planOf([{ kind: 'plan', plan: { ...plan }, inputs: {}, output: '$y' } as never]);
  const outcome = async (plan: Plan) =>
    portia.runPlan(plan).then(
      ({ state }) => state,
      ({ code }: PortiaError) => code,
    );
  const outcomes: string[] = [];
  for (const plan of [good, broken, good, outer(good), outer(broken), outer(good)]) outcomes.push(await outcome(plan));
  const [runs, isRefused] = ['COMPLETE', 'invalid-plan'];
  expect(outcomes).toEqual([runs, isRefused, runs, runs, isRefused, runs]);
});

test('when a program tells of an event then a run that waits for it continues with its data', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const plan = planOf([{ kind: 'wait_for', event: 'payment', key: '7', output: '$paid' }]);
  const waiting = await portia.runPlan(plan, { waitMs: 1 });
  expect(waiting.pause).toMatchObject({ reason: 'signal', waits_for: { event: 'payment', key: '7' } });
  expect(await portia.signal('payment', { key: '7', data: 12 })).toMatchObject({ waiting: [waiting.id] });
  const run = await portia.resume(waiting.id);
  expect([run.state, run.outputs.final_output]).toEqual(['COMPLETE', { value: 12, summary: null }]);
});
