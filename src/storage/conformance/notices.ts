import assert from 'node:assert/strict';

import type { Notice } from '../../domain/run/notice.js';
import type { QueueingStore } from '../run-queue.js';
import type { Promised } from './check.js';
import { assertSame, makeRun } from './expected.js';
import { FUTURE, noticeFor, PAST } from './notice-examples.js';
import { RUN_ID } from './run-examples.js';

const changed = (notice: Notice, changes: Partial<Notice>): Notice => ({
  ...notice,
  ...changes,
  revision: notice.revision + 1,
});

/** What people are told of a run, which is there. */
export const NOTICES: readonly Promised<QueueingStore>[] = [
  {
    name: 'when a notice is added again then it stays as it was',
    async check({ store, reopen }) {
      await makeRun(store);
      const [one, other] = [noticeFor('one'), noticeFor('other', { created_at: FUTURE })];
      assertSame(await store.notices.add([one]), [one]);
      assertSame(await reopen().notices.add([{ ...one, tries: 9 }, other]), [other]);
      assertSame(await reopen().notices.unsent(), [one, other]);
    },
  },
  {
    name: 'when the time of a notice has not come then it is kept and not ready',
    async check({ store, reopen }) {
      await makeRun(store);
      const [now, later] = [noticeFor('now'), noticeFor('later', { ready_at: FUTURE })];
      await store.notices.add([later, now]);
      const { now: time, notices } = await reopen().notices.ready();
      assertSame(notices, [now]);
      assert.ok(time > PAST);
      assert.equal((await store.notices.unsent()).length, 2);
    },
  },
  {
    name: 'when a notice was sent or given up then it is not ready, and is not added again',
    async check({ store, reopen }) {
      await makeRun(store);
      const [sent, failed] = [noticeFor('sent'), noticeFor('failed')];
      await store.notices.add([sent, failed]);
      const after = [
        changed(sent, { state: 'sent', settled_at: PAST, message_id: 'm "1"' }),
        changed(failed, { state: 'failed', settled_at: PAST, error: 'it answered 500\u0000' }),
      ];
      assert.equal(await store.notices.replace(after), true);
      assert.deepEqual((await reopen().notices.ready()).notices, []);
      assertSame(await reopen().notices.unsent(), [after[1]]);
      assert.deepEqual(await reopen().notices.add([sent, failed]), []);
    },
  },
  {
    name: 'when one of several notices was changed meanwhile then none of them is kept',
    async check({ store, reopen }) {
      await makeRun(store);
      const [one, other] = [noticeFor('one'), noticeFor('other')];
      await store.notices.add([one, other]);
      assert.equal(await reopen().notices.replace([changed(other, { tries: 1 })]), true);
      assert.equal(await store.notices.replace([changed(one, { tries: 2 }), changed(other, { tries: 2 })]), false);
      const tries = (await store.notices.unsent()).map((notice) => ('tries' in notice ? notice.tries : undefined));
      assert.deepEqual(new Set(tries), new Set([0, 1]));
    },
  },
  {
    name: 'when many take the same notices at once then one gets them',
    async check({ store, reopen }) {
      await makeRun(store);
      const all = ['a', 'b', 'c'].map((target) => noticeFor(target));
      await store.notices.add(all);
      const sending = all.map((notice) => changed(notice, { state: 'sending' }));
      const stores = [store, reopen(), store, reopen()];
      const taken = await Promise.all(stores.map(async ({ notices }) => notices.replace(sending)));
      assert.equal(taken.filter(Boolean).length, 1);
    },
  },
  {
    name: 'when a run is removed then its notices are gone, and may come again with it',
    async check({ store, reopen }) {
      await makeRun(store);
      const notice = noticeFor('one');
      await store.notices.add([notice, noticeFor('other')]);
      await store.notices.replace([changed(notice, { state: 'sent', settled_at: PAST })]);
      await store.removeRun(RUN_ID);
      assert.deepEqual(await reopen().notices.unsent(), []);
      assert.equal(await reopen().notices.replace([changed(notice, {})]), false);
      await makeRun(store);
      assertSame(await store.notices.add([notice]), [notice]);
    },
  },
];
