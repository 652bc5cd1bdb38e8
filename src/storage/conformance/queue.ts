import assert from 'node:assert/strict';

import type { QueueLimits } from '../../domain/run/queue.js';
import type { QueueingStore } from '../run-queue.js';
import type { Promised } from './check.js';
import { makeRun } from './expected.js';
import { claim, drive, everyRunIsReadable, listed, nextOf, NO_LIMITS } from './queue-examples.js';
import { OTHER_PLAN, runWith, submit } from './queue-examples.js';
import { CREATED } from './run-examples.js';

const SINCE = '2024-05-06T07:08:09.000Z';
const limited = (limits: Partial<QueueLimits>) => ({ limits: { ...NO_LIMITS, ...limits } });

export const QUEUE: readonly Promised<QueueingStore>[] = [
  {
    name: 'when runs were left to workers then they are listed in the order in which workers take them',
    async check({ store }) {
      await makeRun(store, { id: runWith(1), events: [CREATED] });
      const plain = await submit(store, 2);
      const urgent = await submit(store, 3, { priority: 5, labels: ['night'] });
      const driven = await submit(store, 4);
      const done = await submit(store, 5);
      await (await drive(store, done, [{ type: 'run.completed', final_output: null }])).close();
      const log = await drive(store, driven, [{ type: 'run.started' }]);
      const all = await listed(store);
      assert.deepEqual(
        all.map(({ id, owner }) => [id, owner !== undefined]),
        [
          [driven, true],
          [urgent, false],
          [plain, false],
        ],
      );
      const { priority, labels, end_user_id, pause, open_questions } = all[1] ?? {};
      assert.deepEqual([priority, labels, end_user_id], [5, ['night'], 'portia:default_user']);
      assert.deepEqual([pause, open_questions], [null, 0]);
      assert.deepEqual(
        (await listed(store, 2)).map(({ id }) => id),
        [driven, urgent],
      );
      await log.close();
    },
  },
  {
    name: 'when a run waits for a person then it is listed, and no worker gets it',
    async check({ store }) {
      const asking = await submit(store, 1, { priority: 9 });
      const paused = { type: 'run.paused', reason: 'budget', next: '' } as const;
      await (await drive(store, asking, [{ type: 'run.started' }, paused])).close();
      const plain = await submit(store, 2);
      const all = await listed(store);
      assert.deepEqual(
        all.map(({ id }) => id),
        [asking, plain],
      );
      assert.deepEqual([all[0]?.wake_at, all[0]?.pause], [null, 'budget']);
      assert.equal(await claim(store), plain);
      assert.equal(await claim(store), undefined);
    },
  },
  {
    name: 'when a run was taken then nobody else gets it until it is opened or given back',
    async check({ store, reopen }) {
      const only = await submit(store, 1);
      assert.equal(await claim(store), only);
      assert.equal(await claim(reopen()), undefined);
      await store.queue.release(only);
      const other = reopen();
      assert.equal(await claim(other), only);
      const log = await other.openRun(only);
      assert.equal(await claim(store), undefined);
      await log.close();
      assert.equal(await nextOf(store), only);
    },
  },
  {
    name: 'when a worker wants certain runs then it gets no others',
    async check({ store, reopen }) {
      const first = await submit(store, 1, { priority: 3 });
      const night = await submit(store, 2, { priority: 2, labels: ['big', 'night'] });
      const other = await submit(store, 3, { priority: 1, plan: OTHER_PLAN });
      assert.equal(await nextOf(store), first);
      assert.equal(await nextOf(store, { except: [first] }), night);
      assert.equal(await nextOf(reopen(), { except: [first, night] }), other);
      assert.equal(await nextOf(store, { labels: ['day', 'night'] }), night);
      assert.equal(await nextOf(store, { labels: ['day'] }), undefined);
      assert.equal(await nextOf(store, { exceptPlans: [CREATED.plan_id] }), other);
      assert.equal(await nextOf(store, { exceptPlans: [CREATED.plan_id, OTHER_PLAN] }), undefined);
    },
  },
  {
    name: 'when as many as may be are driven of a plan, for an end user or with a label then the others wait',
    async check({ store }) {
      const first = await submit(store, 1, { endUser: 'ada', labels: ['night', 'big'] });
      const second = await submit(store, 2);
      const other = await submit(store, 3, { plan: OTHER_PLAN, labels: ['big'] });
      const third = await submit(store, 4, { plan: OTHER_PLAN, endUser: 'ada' });
      assert.equal(await claim(store), first);
      const next = async (limits: Partial<QueueLimits>) => nextOf(store, limited(limits));
      const oneBig = new Map([['big', 1]]);
      assert.equal(await next({ perPlan: 1 }), other);
      assert.equal(await next({ perPlan: 1, labels: oneBig }), third);
      assert.equal(await next({ perPlan: 1, perEndUser: 1, labels: oneBig }), undefined);
      assert.equal(await next({ perPlan: 2, perEndUser: 1 }), second);
      const { driven } = await store.queue.state(everyRunIsReadable);
      assert.deepEqual(
        driven.map(({ end_user_id, labels }) => [end_user_id, labels]),
        [['ada', ['night', 'big']]],
      );
      await store.queue.release(first);
      assert.equal(await next({ perPlan: 1 }), first);
    },
  },
  {
    name: 'when runs are for nobody in particular then the limit of each end user does not hold them back',
    async check({ store }) {
      const [first, second] = [await submit(store, 1), await submit(store, 2)];
      assert.equal(await claim(store, limited({ perEndUser: 1 })), first);
      assert.equal(await claim(store, limited({ perEndUser: 1 })), second);
    },
  },
  {
    name: 'when many claim at once then a limit is not exceeded',
    async check({ store, reopen }) {
      for (let number = 1; number <= 12; number += 1) await submit(store, number);
      const stores = [store, reopen(), reopen()];
      const claims = Array.from({ length: 12 }, async (_, index) =>
        claim(stores[index % 3] ?? store, limited({ perPlan: 3 })),
      );
      const taken = (await Promise.all(claims)).filter((id) => id !== undefined);
      assert.deepEqual([taken.length, new Set(taken).size], [3, 3]);
    },
  },
  {
    name: 'when a worker refused a run for its tools then workers with the same tools leave it until something changes',
    async check({ store }) {
      const only = await submit(store, 1);
      const refused = { seq: 2, at: SINCE, host: 'alpha', missing: ['send_tool'], changed: [] };
      for (const tools of ['a', 'b', 'a']) await store.queue.refuse(only, { ...refused, tools });
      const next = async (tools: string) => nextOf(store, { tools });
      assert.deepEqual([await next('a'), await next('b'), await next('c')], [undefined, undefined, only]);
      const refusedBy = async () => (await listed(store)).map(({ refusals }) => refusals.map(({ tools }) => tools));
      assert.deepEqual(await refusedBy(), [['b', 'a']]);
      await (await drive(store, only, [{ type: 'warning', message: 'something' }])).close();
      assert.equal(await next('a'), only);
      assert.deepEqual(await refusedBy(), [[]]);
    },
  },
  {
    name: 'when the queue or a label is paused then no worker takes such runs until it is continued',
    async check({ store, reopen }) {
      const plain = await submit(store, 1);
      const night = await submit(store, 2, { labels: ['night'], priority: 1 });
      await store.queue.pause({ label: 'night', since: SINCE });
      await store.queue.pause({ label: 'night', since: '2025-01-01T00:00:00.000Z' });
      const other = reopen();
      assert.deepEqual((await other.queue.state(everyRunIsReadable)).pauses, [{ label: 'night', since: SINCE }]);
      assert.equal(await nextOf(other), plain);
      await store.queue.pause({ label: null, since: SINCE });
      assert.equal(await claim(store), undefined);
      assert.deepEqual([await store.queue.unpause(null), await store.queue.unpause(null)], [true, false]);
      assert.equal(await store.queue.unpause('night'), true);
      assert.equal(await claim(store), night);
    },
  },
];
