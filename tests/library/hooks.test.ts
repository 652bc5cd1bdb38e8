import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { Portia, PortiaError, type Hooks } from '../../src/index.js';
import { call, doublingTool, planOf, plannerModel, portiaIn } from './library-doubles.js';

test('when a program gives hooks then they are called in its process', async () => {
  const seen: unknown[] = [];
  const hooks: Hooks = {
    beforeToolCall({ tool, args, signal }) {
      seen.push([tool.id, args, signal.aborted]);
      return { args: { ...args, value: 21 } };
    },
    afterRun: ({ state }) => seen.push(state),
  };
  const { portia } = portiaIn({ tools: [doublingTool().tool], approve: ['*'], hooks });
  const run = await portia.runPlan(planOf([call('double_tool', { value: 1 })]));
  expect(run.outputs.final_output).toMatchObject({ value: 42 });
  expect(seen).toEqual([['double_tool', { value: 1 }, false], 'complete']);
});

test('when a model makes a plan then they are called around that, also for a plan that is taken again', async () => {
  const seen: string[] = [];
  const hooks: Hooks = {
    beforePlan: ({ request }) => void seen.push(`before ${request} ${model.requests.length}`),
    afterPlan({ plan }) {
      seen.push(`after ${model.requests.length}`);
      return { plan: { ...plan, steps: plan.steps.map((step) => ({ ...step, name: 'sum' })) } };
    },
  };
  const model = plannerModel();
  const { portia } = portiaIn({ model, hooks });
  const plan = await portia.plan('count them');
  expect(plan.steps).toMatchObject([{ name: 'sum' }]);
  expect(await portia.plan('count them', { cached: true })).toEqual(plan);
  expect(seen).toEqual(['before count them 0', 'after 1', 'before count them 1', 'after 1']);
});

test('when a plan is refined then they are told of the change, see the changed plan, and may refuse it', async () => {
  const seen: string[] = [];
  const hooks: Hooks = {
    beforePlan: ({ request }) => void seen.push(request),
    afterPlan({ plan }) {
      seen.push(`${plan.steps.length} steps`);
      return plan.plan_context.query.endsWith('again') ? { refuse: 'too long' } : undefined;
    },
  };
  const { portia, dir } = portiaIn({ model: plannerModel(), hooks });
  const plan = await portia.plan('count them');
  await portia.refine(plan, 'in words');
  await expect(portia.refine(plan, 'and again')).rejects.toMatchObject({ code: 'no-plan' });
  expect(seen).toEqual([
    'count them',
    '1 steps',
    'count them\nin words',
    '1 steps',
    'count them\nand again',
    '1 steps',
  ]);
  expect(readdirSync(join(dir, 'plans')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
});

test('when afterPlan refuses then a program gets that as an error, and no plan is kept', async () => {
  const { portia, dir } = portiaIn({ model: plannerModel(), hooks: { afterPlan: () => ({ refuse: 'too dear' }) } });
  await expect(portia.plan('count them')).rejects.toMatchObject({
    code: 'no-plan',
    message: 'The hook afterPlan refused the plan: too dear',
  });
  expect(existsSync(join(dir, 'plans'))).toBe(false);
});

test.each<[string, object, string, RegExp]>([
  [
    'misspelt',
    { beforeToolcall: () => undefined },
    'there is no hook "beforeToolcall"',
    /Did you mean beforeToolCall\?/,
  ],
  ['no function', { afterRun: 'log' }, 'afterRun is not a function', /Write afterRun\(about\)/],
  ['missing', {}, 'it has no hook', /Write at least one/],
  ['in no time', { timeoutMs: 0, afterRun: () => undefined }, 'its timeoutMs is 0', /timeoutMs: 5000/],
])('when a hook is %s then that is refused at once', (_what, hooks, why, fix) => {
  const make = () => new Portia({ hooks });
  expect(make).toThrow(PortiaError);
  expect(make).toThrow(`The option hooks cannot be used: ${why}.`);
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', fix: expect.stringMatching(fix) });
  }
});
