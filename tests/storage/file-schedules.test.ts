import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { scheduleWith } from '../../src/storage/conformance/schedule-examples.js';
import { newFolder, storeIn } from './examples.js';

test('when the file of a schedule is damaged then it is said, and the others are there', async () => {
  const root = newFolder();
  const { schedules } = storeIn(root);
  for (const digit of [1, 2, 3]) await schedules.add(scheduleWith(digit));
  const path = (digit: number) => join(root, 'runs', 'schedules', `${scheduleWith(digit).id}.json`);
  writeFileSync(path(1), '{"id":');
  writeFileSync(path(2), JSON.stringify({ ...scheduleWith(2), missed: 'sometimes' }));
  writeFileSync(path(3), JSON.stringify(scheduleWith(4)));
  expect(await schedules.list()).toEqual([
    { id: scheduleWith(1).id, unreadable: expect.stringContaining(scheduleWith(1).id) },
    { id: scheduleWith(2).id, unreadable: '/missed: expected one of catch-up, skip, ask' },
    { id: scheduleWith(3).id, unreadable: '/id: it is another one' },
  ]);
  expect(await schedules.replace(scheduleWith(2, { revision: 2 }))).toBe(false);
  await schedules.remove(scheduleWith(1).id);
  expect((await schedules.list()).map(({ id }) => id)).toEqual([scheduleWith(2).id, scheduleWith(3).id]);
  expect(statSync(path(2)).mode & 0o777).toBe(0o600);
});
