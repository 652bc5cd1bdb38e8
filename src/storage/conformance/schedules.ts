import assert from 'node:assert/strict';

import type { QueueingStore } from '../run-queue.js';
import type { Promised } from './check.js';
import { assertRefused, assertSame } from './expected.js';
import { scheduleWith } from './schedule-examples.js';

const PAST = '2000-01-01T00:00:00.000Z';
const FUTURE = '2200-01-01T00:00:00.000Z';

export const SCHEDULES: readonly Promised<QueueingStore>[] = [
  {
    name: 'when schedules were added then they are listed as they were, the oldest first',
    async check({ store, reopen }) {
      assert.deepEqual(await store.schedules.list(), []);
      await store.schedules.add(scheduleWith(2));
      await store.schedules.add(scheduleWith(1, { next_at: null }));
      assertSame(await reopen().schedules.list(), [scheduleWith(1, { next_at: null }), scheduleWith(2)]);
    },
  },
  {
    name: 'when the time of a schedule has come then it is due',
    async check({ store, reopen }) {
      await store.schedules.add(scheduleWith(1, { next_at: PAST }));
      await store.schedules.add(scheduleWith(2, { next_at: FUTURE }));
      await store.schedules.add(scheduleWith(3, { next_at: null }));
      const { now, schedules } = await reopen().schedules.due();
      assertSame(schedules, [scheduleWith(1, { next_at: PAST })]);
      assert.ok(now > PAST && now < FUTURE);
    },
  },
  {
    name: 'when no schedule is due then the clock is told all the same',
    async check({ store }) {
      const { now, schedules } = await store.schedules.due();
      assert.deepEqual(schedules, []);
      assert.equal(new Date(now).toISOString(), now);
    },
  },
  {
    name: 'when many change a schedule at once then one change is taken',
    async check({ store, reopen }) {
      await store.schedules.add(scheduleWith(1));
      const changed = (priority: number) => scheduleWith(1, { revision: 2, next_at: FUTURE, priority });
      const changes = Array.from({ length: 9 }, async (_, index) =>
        (index % 3 === 0 ? store : reopen()).schedules.replace(changed(index)),
      );
      const taken = await Promise.all(changes);
      assert.equal(taken.filter(Boolean).length, 1);
      assertSame(await reopen().schedules.list(), [changed(taken.indexOf(true))]);
      assert.deepEqual((await store.schedules.due()).schedules, []);
      assert.equal(await store.schedules.replace(scheduleWith(1, { revision: 3 })), true);
    },
  },
  {
    name: 'when a schedule was removed then it is gone, and no change brings it back',
    async check({ store, reopen }) {
      const { id } = scheduleWith(1);
      await store.schedules.add(scheduleWith(1));
      await reopen().schedules.remove(id);
      assert.equal(await store.schedules.replace(scheduleWith(1, { revision: 2 })), false);
      assert.deepEqual(await store.schedules.list(), []);
      await assertRefused(() => store.schedules.remove(id), 'not-found');
    },
  },
];
