import { expect, test } from 'vitest';

import { OpenQuestions } from '../../src/app/open-questions.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { CREATED, now, planWith } from '../storage/examples.js';
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
