import { expect, test } from 'vitest';

import { errorOf } from '../storage/examples.js';
import { planOf, portiaIn } from './library-doubles.js';

const plan = {
  ...planOf([
    {
      kind: 'for_each',
      over: '$cities',
      as: 'city',
      steps: [{ kind: 'llm', task: 'Say it.', inputs: [{ name: '$city' }], output: '$said' }],
    },
  ]),
  plan_inputs: [{ name: '$cities', schema: { type: 'array' } }],
};

test('when a plan is estimated then its calls are known with its inputs, and nothing is run', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const estimate = await portia.estimate(plan, { inputs: { cities: ['Oslo', 'Rome', 'Lima'] } });
  expect(estimate).toMatchObject({
    plan: expect.stringMatching(/^plan-/),
    model_calls: { least: 3, most: 3 },
    models: [{ role: 'execution', model_calls: { least: 3, most: 3 } }],
    unbounded: [],
    unknown_plans: [],
  });
  expect((await portia.estimate(plan)).model_calls).toMatchObject({ most: null });
  expect(await portia.listRuns()).toEqual([]);
});

test('when an estimate is asked for with what does not fit then that is refused', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  expect((await errorOf(async () => portia.estimate(plan, { inputs: { cities: 'Oslo' } }))).code).toBe('invalid-input');
  const options = { inputs: undefined, input: {} };
  const misspelt = await errorOf(async () => portia.estimate(plan, options));
  expect(misspelt).toMatchObject({ code: 'usage', message: expect.stringContaining('input') });
});
