import { expect, test } from 'vitest';

import { KnownRuns } from '../../src/app/known-runs.js';
import { CREATED, newFolder, planWith, storeIn } from '../storage/examples.js';
import { asked, paused, started } from '../support/timed-run.js';

const [ONE, OTHER] = [
  'prun-019a0000-0000-7000-8000-000000000001',
  'prun-019a0000-0000-7000-8000-000000000002',
] as const;
const COMPLETED = { type: 'run.completed', final_output: { value: 1, summary: null } } as const;

test('when nothing has changed then a run and its plan are read once, and again after each change', async () => {
  const root = newFolder();
  const [here, there] = [storeIn(root), storeIn(root)];
  const plan = planWith();
  await there.savePlan(plan);
  const { raised, resolved } = asked('0');
  for (const id of [ONE, OTHER]) {
    const log = await there.createRun(id);
    for (const event of [CREATED, started('0'), raised, paused]) log.append(event);
    await log.close();
  }
  const known = new KnownRuns(here);
  const first = await known.run(ONE);
  expect(await known.run(ONE)).toBe(first);
  expect(await known.plan(plan.id)).toBe(await known.plan(plan.id));

  const log = await there.openRun(ONE);
  expect((await known.run(ONE)).owner?.pid).toBe(process.pid);
  log.append(resolved);
  await log.flush();
  expect((await known.run(ONE)).run.outputs.clarifications[0]?.resolved).toBe(true);
  log.append(COMPLETED);
  await log.close();
  const over = await known.run(ONE);
  expect(over.run.state).toBe('COMPLETE');

  await (await there.openRun(OTHER)).close();
  expect(await known.run(ONE)).toBe(over);
  await there.removeRun(ONE);
  await expect(known.run(ONE)).rejects.toMatchObject({ code: 'not-found' });
});
