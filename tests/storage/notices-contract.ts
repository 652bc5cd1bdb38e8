import { beforeEach, describe, expect, test } from 'vitest';

import { newNotice, type Notice } from '../../src/domain/run/notice.js';
import type { QueueingStore } from '../../src/storage/run-queue.js';
import { eventsOfRun, RUN_ID } from './examples.js';

const PAST = '2000-01-01T00:00:00.000Z';
const FUTURE = '2200-01-01T00:00:00.000Z';

/** A notice about the end of the run, for a target. */
export function noticeFor(target: string, times: Partial<Pick<Notice, 'created_at' | 'ready_at'>> = {}): Notice {
  return newNotice(
    { kind: 'end', target, run_id: RUN_ID, question_id: null, seq: 4, number: 0 },
    { created_at: PAST, ready_at: PAST, due_at: PAST, ...times },
  );
}

const changed = (notice: Notice, changes: Partial<Notice>): Notice => ({
  ...notice,
  ...changes,
  revision: notice.revision + 1,
});

/** What the notices of every store promise. `open` gives an empty store; `reopen` another one with the same content. */
export function describeNotices(
  name: string,
  open: () => Promise<{ store: QueueingStore; reopen: () => QueueingStore }>,
): void {
  describe(`notices, by the ${name}`, () => {
    let store: QueueingStore;
    let reopen: () => QueueingStore;
    beforeEach(async () => {
      ({ store, reopen } = await open());
      const log = await store.createRun(RUN_ID);
      for (const event of eventsOfRun(1)) log.append(event);
      await log.close();
    });

    test('when one is added again then it stays as it was', async () => {
      const [one, other] = [noticeFor('one'), noticeFor('other', { created_at: FUTURE })];
      expect(await store.notices.add([one])).toEqual([one]);
      expect(await reopen().notices.add([{ ...one, tries: 9 }, other])).toEqual([other]);
      expect(await reopen().notices.unsent()).toEqual([one, other]);
    });

    test('when the time of one has not come then it is kept and not ready', async () => {
      const [now, later] = [noticeFor('now'), noticeFor('later', { ready_at: FUTURE })];
      await store.notices.add([later, now]);
      const { now: time, notices } = await reopen().notices.ready();
      expect(notices).toEqual([now]);
      expect(time > PAST).toBe(true);
      expect(await store.notices.unsent()).toHaveLength(2);
    });

    test('when one was sent or given up then it is not ready, and is not added again', async () => {
      const [sent, failed] = [noticeFor('sent'), noticeFor('failed')];
      await store.notices.add([sent, failed]);
      const after = [
        changed(sent, { state: 'sent', settled_at: PAST, message_id: 'm "1"' }),
        changed(failed, { state: 'failed', settled_at: PAST, error: 'it answered 500\u0000' }),
      ];
      expect(await store.notices.replace(after)).toBe(true);
      expect((await reopen().notices.ready()).notices).toEqual([]);
      expect(await reopen().notices.unsent()).toEqual([after[1]]);
      expect(await reopen().notices.add([sent, failed])).toEqual([]);
    });

    test('when one of several was changed meanwhile then none of them is kept', async () => {
      const [one, other] = [noticeFor('one'), noticeFor('other')];
      await store.notices.add([one, other]);
      expect(await reopen().notices.replace([changed(other, { tries: 1 })])).toBe(true);
      expect(await store.notices.replace([changed(one, { tries: 2 }), changed(other, { tries: 2 })])).toBe(false);
      const tries = (await store.notices.unsent()).map((notice) => 'tries' in notice && notice.tries);
      expect(tries.sort()).toEqual([0, 1]);
    });

    test('when many take the same ones at once then one gets them', async () => {
      const all = ['a', 'b', 'c'].map((target) => noticeFor(target));
      await store.notices.add(all);
      const stores = [store, reopen(), store, reopen()];
      const taken = await Promise.all(
        stores.map((each) => each.notices.replace(all.map((notice) => changed(notice, { state: 'sending' })))),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    test('when the run is removed then they are gone, and may come again with it', async () => {
      const notice = noticeFor('one');
      await store.notices.add([notice, noticeFor('other')]);
      await store.notices.replace([changed(notice, { state: 'sent', settled_at: PAST })]);
      await store.removeRun(RUN_ID);
      expect(await reopen().notices.unsent()).toEqual([]);
      expect(await reopen().notices.replace([changed(notice, {})])).toBe(false);
    });
  });
}
