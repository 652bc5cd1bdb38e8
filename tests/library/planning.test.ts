import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { plannerModel, portiaIn } from './library-doubles.js';

const QUERY = 'how many are there';

/** A project in which the plan of `split.json` is liked. */
async function likingProject(settings: object = {}) {
  const steps = [{ kind: 'compute', expression: '84 / 3', output: '$share' }];
  const dir = makeProject({
    'split.json': { plan_context: { query: 'split the bill' }, steps },
    '.home/.config/portia/config.json': settings,
  });
  expect((await portiaHere(['like', 'split.json'], { cwd: dir })).code).toBe(0);
  return dir;
}

describe.each(['file:', 'memory:'])('planning with the store %s', (store) => {
  test('when the same is asked for again with cached then the plan is the same and no model is asked', async () => {
    const model = plannerModel();
    const { portia } = portiaIn({ store, model });
    const { id } = await portia.plan(QUERY);
    expect((await portia.plan(QUERY, { cached: true })).id).toBe(id);
    expect((await portia.run(QUERY, { cached: true })).plan_id).toBe(id);
    expect(model.requests).toHaveLength(1);
    expect((await portia.plan(QUERY)).id).not.toBe(id);
    expect((await portia.plan('how many were there', { cached: true })).id).not.toBe(id);
    expect(model.requests).toHaveLength(3);
  });
});

describe.each(['file:', 'memory:'])('liking with the store %s', (store) => {
  test('when a plan is liked then new ones are learned from it, until it is liked no more', async () => {
    const { portia } = portiaIn({ store, model: plannerModel() });
    const plan = await portia.plan('split the bill');
    expect(await portia.like(plan.id)).toBe(true);
    expect(await portia.like(plan)).toBe(false);
    const learned = await portia.plan('split the rent', { examples: 'liked' });
    expect(learned.metadata.examples).toMatchObject([{ plan_id: plan.id }]);
    expect(await portia.unlike(plan)).toBe(true);
    expect(await portia.unlike(plan.id)).toBe(false);
    expect((await portia.plan('split the rent', { examples: 'liked' })).metadata).not.toHaveProperty('examples');
  });
});

test('when a request or a change needs a tool that is off then no model is asked, until the caller does without it', async () => {
  const model = plannerModel();
  const { portia } = portiaIn({ model });
  const asked = 'Research the web for gold prices';
  const refusal = {
    code: 'no-plan',
    message: 'The request needs search_tool, which is off.',
    details: { fix: expect.stringContaining('To plan without it: excludeTools: ["search_tool"]') },
  };
  await expect(portia.plan(asked)).rejects.toMatchObject(refusal);
  const plan = await portia.plan(asked, { excludeTools: ['search_*'] });
  await expect(portia.refine(plan, 'also search the web for silver')).rejects.toMatchObject(refusal);
  expect(model.requests).toHaveLength(1);
  await portia.refine(plan, 'add one', { excludeTools: ['search_tool'] });
  await portia.refine(plan, 'add one');
  expect(model.requests).toHaveLength(3);
});

test('when a plan that is not here is liked by its id then it is not found', async () => {
  const { portia } = portiaIn();
  await expect(portia.like('plan-019a0000-0000-7000-8000-0000000000ff')).rejects.toMatchObject({ code: 'not-found' });
});

test('when another model is given then the plan is made anew', async () => {
  const [first, other] = [plannerModel('own/first'), plannerModel('own/other')];
  const { portia, dir } = portiaIn({ model: first });
  const { id } = await portia.plan(QUERY);
  const { portia: second } = portiaIn({ dir, model: other });
  expect((await second.plan(QUERY, { cached: true })).id).not.toBe(id);
  const { portia: third } = portiaIn({ dir, model: first });
  expect((await third.plan(QUERY, { cached: true })).id).toBe(id);
});

test('when the setting reuses plans then cached: false makes a new one', async () => {
  const model = plannerModel();
  const { portia, dir } = portiaIn({ model });
  writeFileSync(join(dir, 'portia.json'), '{"reuse_plans": true}');
  const { id } = await portia.plan(QUERY);
  expect((await portia.plan(QUERY)).id).toBe(id);
  expect((await portia.plan(QUERY, { cached: false })).id).not.toBe(id);
});

test('when liked plans are wanted then the nearest are shown to the model, and the plan says which', async () => {
  const model = plannerModel();
  const { portia } = portiaIn({ dir: await likingProject(), model });
  const plan = await portia.plan('split the rent', { examples: 'liked' });
  expect(plan.metadata.examples).toMatchObject([{ measure: 'bm25', shared: ['split'] }]);
  expect(JSON.stringify(model.requests)).toContain('split the bill');
});

test('when the settings want liked plans then none leaves them out', async () => {
  const { portia } = portiaIn({ dir: await likingProject({ examples: 'liked' }), model: plannerModel() });
  expect((await portia.plan('split the rent')).metadata.examples).toHaveLength(1);
  expect((await portia.plan('split the rent', { examples: [] })).metadata.examples).toHaveLength(1);
  expect((await portia.plan('split the rent', { examples: 'none' })).metadata).not.toHaveProperty('examples');
});

test('when a word is given that says no examples then the nearest one is named', async () => {
  const { portia } = portiaIn({ model: plannerModel() });
  const wrong = portia.plan(QUERY, { examples: 'like' as 'liked' });
  await expect(wrong).rejects.toMatchObject({ code: 'usage', fix: "examples: 'liked'" });
});

test('when a run has a limit of cost then what its planning cost counts', async () => {
  const model = plannerModel();
  const dir = makeProject({ 'portia.json': { prices: { 'test/planner': { input: 1_000_000, output: 0 } } } });
  const options = { dir, model, trustProject: true };
  const { portia } = portiaIn({ ...options, limits: { cost: 3 } });
  const run = await portia.run(QUERY);
  expect(run.state).toBe('COMPLETE');
  const { portia: poor } = portiaIn({
    ...options,
    limits: { cost: 0.5 },
    model: plannerModel('test/planner', 'no plan'),
  });
  await expect(poor.run(QUERY)).rejects.toMatchObject({ code: 'budget-reached' });
});
