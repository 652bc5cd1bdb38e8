import { beforeEach, describe, expect, test } from 'vitest';

import type { Schedule } from '../../src/domain/schedule/schedule.js';
import type { ScheduleId } from '../../src/domain/values/ids.js';
import type { SchedulingStore } from '../../src/storage/schedules.js';
import { errorOf, PLAN_ID } from './examples.js';

const idWith = (digit: number): ScheduleId => `schd-0189000${digit}-0000-7000-8000-0000000000b1`;

export function scheduleWith(digit: number, changes: Partial<Schedule> = {}): Schedule {
  return {
    id: idWith(digit),
    plan_id: PLAN_ID,
    inputs: { city: 'London', list: [1, '\u0000'] },
    end_user_id: 'ada',
    cron: '0 9 * * 1-5',
    zone: 'Europe/Berlin',
    missed: 'ask',
    priority: -1,
    labels: ['night'],
    created_at: '2024-05-06T07:08:09.000Z',
    next_at: '2024-05-06T08:00:00.000Z',
    undecided: [],
    last: null,
    revision: 1,
    ...changes,
  };
}

const PAST = '2000-01-01T00:00:00.000Z';
const FUTURE = '2200-01-01T00:00:00.000Z';

/** What the schedules of every store promise. `open` gives an empty store; `reopen` another one with the same content. */
export function describeSchedules(
  name: string,
  open: () => Promise<{ store: SchedulingStore; reopen: () => SchedulingStore }>,
): void {
  describe(`schedules, by the ${name}`, () => {
    let store: SchedulingStore;
    let reopen: () => SchedulingStore;
    beforeEach(async () => {
      ({ store, reopen } = await open());
    });

    test('when some were added then they are listed as they were, the oldest first', async () => {
      expect(await store.schedules.list()).toEqual([]);
      await store.schedules.add(scheduleWith(2));
      await store.schedules.add(scheduleWith(1, { next_at: null }));
      expect(await reopen().schedules.list()).toEqual([scheduleWith(1, { next_at: null }), scheduleWith(2)]);
    });

    test('when the time of one has come then it is due', async () => {
      await store.schedules.add(scheduleWith(1, { next_at: PAST }));
      await store.schedules.add(scheduleWith(2, { next_at: FUTURE }));
      await store.schedules.add(scheduleWith(3, { next_at: null }));
      const { now, schedules } = await reopen().schedules.due();
      expect(schedules).toEqual([scheduleWith(1, { next_at: PAST })]);
      expect(now > PAST && now < FUTURE).toBe(true);
    });

    test('when none is due then the clock is told all the same', async () => {
      const due = await store.schedules.due();
      expect(due).toEqual({ now: expect.stringMatching(/^20\d\d-.*Z$/), schedules: [] });
    });

    test('when many change one at once then one change is taken', async () => {
      await store.schedules.add(scheduleWith(1));
      const taken = await Promise.all(
        Array.from({ length: 9 }, async (_, index) =>
          (index % 3 === 0 ? store : reopen()).schedules.replace(
            scheduleWith(1, { revision: 2, next_at: FUTURE, priority: index }),
          ),
        ),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      const kept = scheduleWith(1, { revision: 2, next_at: FUTURE, priority: taken.indexOf(true) });
      expect(await reopen().schedules.list()).toEqual([kept]);
      expect((await store.schedules.due()).schedules).toEqual([]);
      expect(await store.schedules.replace(scheduleWith(1, { revision: 3 }))).toBe(true);
    });

    test('when one was removed then it is gone, and no change brings it back', async () => {
      await store.schedules.add(scheduleWith(1));
      await reopen().schedules.remove(idWith(1));
      expect(await store.schedules.replace(scheduleWith(1, { revision: 2 }))).toBe(false);
      expect(await store.schedules.list()).toEqual([]);
      expect((await errorOf(() => store.schedules.remove(idWith(1)))).code).toBe('not-found');
    });
  });
}
