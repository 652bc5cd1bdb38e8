import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { Json } from '../../src/index.js';
import { compute, planOf, portiaIn } from './library-doubles.js';

test('when the same object is given changed, and then as it was, then each run does what was given', async () => {
  const { portia, dir } = portiaIn();
  const plan = planOf([compute('1', '$x')]);
  const runWith = async (expression: string) => {
    (plan.steps[0] as { expression: string }).expression = expression;
    const { plan_id: id, outputs } = await portia.runPlan(plan);
    return { id, value: (outputs.final_output as { value: Json }).value };
  };
  const runs = [await runWith('1'), await runWith('2'), await runWith('1')];
  expect(runs.map(({ value }) => value)).toEqual([1, 2, 1]);
  expect(runs[0]?.id).toBe(runs[2]?.id);
  // What was removed meanwhile is kept again.
  rmSync(join(dir, 'plans', `${runs[0]?.id}.json`));
  expect(await runWith('1')).toEqual(runs[0]);
  expect(readdirSync(join(dir, 'plans')).length).toBe(2);
});
