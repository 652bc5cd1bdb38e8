import { expect, test } from 'vitest';

import { OpenQuestions } from '../../src/app/open-questions.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { CREATED, newFolder, now, planWith, storeIn } from '../storage/examples.js';
import { asked, paused, started } from '../support/timed-run.js';

test('when runs asked at the same time then the newer run comes first, and each asks in the order of its steps', async () => {
  const store = createMemoryStore({ now });
  await store.savePlan(planWith());
  const ids = ['1', '3', '2'].map((end) => `prun-019a0000-0000-7000-8000-00000000000${end}` as const);
  for (const id of ids) {
    const log = await store.createRun(id);
    for (const event of [CREATED, started('0'), started('1'), asked('1').raised, asked('0').raised, paused]) {
      log.append(event);
    }
    await log.close();
  }
  const listed = await new OpenQuestions(store).list();
  expect(listed.map(({ run, question }) => `${run.id.at(-1)} ${question.path}`)).toEqual([
    ...['3 0', '3 1', '2 0', '2 1', '1 0', '1 1'],
  ]);
});

test('when another process answers a question then it is not listed any more, from the moment at which that is written', async () => {
  const root = newFolder();
  const [here, there] = [storeIn(root), storeIn(root)];
  await there.savePlan(planWith());
  const questions = new OpenQuestions(here);
  const listed = async () => (await questions.list()).map(({ run, owner }) => [run.id.at(-1), owner?.pid]);
  expect(await listed()).toEqual([]);
  const { raised, resolved } = asked('0');
  for (const end of [1, 2]) {
    const log = await there.createRun(`prun-019a0000-0000-7000-8000-00000000000${end}`);
    for (const event of [CREATED, started('0'), raised, paused]) log.append(event);
    await log.close();
  }
  expect(await listed()).toEqual([
    ['2', undefined],
    ['1', undefined],
  ]);
  expect(await questions.list()).toBe(await questions.list());
  const log = await there.openRun('prun-019a0000-0000-7000-8000-000000000002');
  expect(await listed()).toEqual([
    ['2', process.pid],
    ['1', undefined],
  ]);
  log.append(resolved);
  await log.flush();
  expect(await listed()).toEqual([['1', undefined]]);
  await log.close();
  await there.removeRun('prun-019a0000-0000-7000-8000-000000000001');
  expect(await listed()).toEqual([]);
});

test('when the plan of a question comes later then its question is listed with it', async () => {
  const root = newFolder();
  const [here, there] = [storeIn(root), storeIn(root)];
  const log = await there.createRun('prun-019a0000-0000-7000-8000-000000000001');
  for (const event of [CREATED, started('0'), asked('0').raised, paused]) log.append(event);
  await log.close();
  const questions = new OpenQuestions(here);
  expect(await questions.list()).toMatchObject([{ plan: undefined }]);
  await there.savePlan(planWith());
  expect(await questions.list()).toMatchObject([{ plan: { plan_context: { query: 'add 1 + 2' } } }]);
});
