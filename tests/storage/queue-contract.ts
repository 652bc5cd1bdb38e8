import { beforeEach, describe, expect, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import type { QueueLimits } from '../../src/domain/run/queue.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { ListedRun, QueueingStore } from '../../src/storage/run-queue.js';
import { CREATED, makeRun } from './examples.js';

export interface OpenedQueue {
  store: QueueingStore;
  /** Another one with the same runs. */
  reopen: () => QueueingStore;
}

const run = (number: number): RunId => `prun-01890000-0000-7000-8000-0000000000${String(number).padStart(2, '0')}`;
const unread = (): never => {
  throw new Error('every run can be read');
};
const SINCE = '2024-05-06T07:08:09.000Z';
const NO_LIMITS: QueueLimits = { labels: new Map() };
const limited = (limits: Partial<QueueLimits>): QueueLimits => ({ ...NO_LIMITS, ...limits });

interface Submitted {
  priority?: number;
  labels?: string[];
  endUser?: string;
  plan?: 'plan-01890000-0000-7000-8000-0000000000a2';
}

/** What the queue of every store promises. `open` gives an empty store. */
export function describeQueue(name: string, open: () => OpenedQueue | Promise<OpenedQueue>): void {
  describe(`the queue, by the ${name}`, () => {
    let store: QueueingStore;
    let reopen: () => QueueingStore;
    beforeEach(async () => {
      ({ store, reopen } = await open());
    });

    const submit = async (number: number, { priority = 0, labels, endUser, plan }: Submitted = {}) => {
      const created = { ...CREATED, ...(endUser && { end_user_id: endUser }), ...(plan && { plan_id: plan }) };
      return makeRun(store, { id: run(number), events: [created, { type: 'run.queued', priority, labels }] });
    };
    const listed = async (limit = Number.POSITIVE_INFINITY) => {
      const all: ListedRun[] = [];
      for await (const each of store.queue.list(limit, unread)) all.push(each);
      return all;
    };
    const record = async (id: RunId, ...events: EventBody[]) => {
      const log = await store.openRun(id);
      for (const event of events) log.append(event);
      return log;
    };
    const claim = async (limits = NO_LIMITS, of = store) => of.queue.claim({ except: [], limits }, unread);

    test('when runs were left to workers then they are listed in the order in which workers take them', async () => {
      await makeRun(store, { id: run(1), events: [CREATED] });
      const plain = await submit(2);
      const urgent = await submit(3, { priority: 5, labels: ['night'] });
      const driven = await submit(4);
      const done = await submit(5);
      await (await record(done, { type: 'run.completed', final_output: null })).close();
      const log = await record(driven, { type: 'run.started' });
      await log.flush();
      const all = await listed();
      expect(all.map(({ id }) => id)).toEqual([driven, urgent, plain]);
      expect(all.map(({ owner }) => owner !== undefined)).toEqual([true, false, false]);
      expect(all[1]).toMatchObject({ priority: 5, labels: ['night'], end_user_id: 'portia:default_user', pause: null });
      expect((await listed(2)).map(({ id }) => id)).toEqual([driven, urgent]);
      await log.close();
    });

    test('when a run waits for a person then it is listed, and no worker gets it', async () => {
      const asking = await submit(1, { priority: 9 });
      const paused: EventBody = { type: 'run.paused', reason: 'budget', next: '' };
      await (await record(asking, { type: 'run.started' }, paused)).close();
      const plain = await submit(2);
      expect(await listed()).toMatchObject([{ id: asking, wake_at: null, pause: 'budget' }, { id: plain }]);
      expect(await claim()).toBe(plain);
      expect(await claim()).toBeUndefined();
    });

    test('when a run was taken then nobody else gets it until it is opened or given back', async () => {
      const only = await submit(1);
      expect(await claim()).toBe(only);
      expect(await claim(NO_LIMITS, reopen())).toBeUndefined();
      await store.queue.release(only);
      const other = reopen();
      expect(await claim(NO_LIMITS, other)).toBe(only);
      const log = await other.openRun(only);
      expect(await claim()).toBeUndefined();
      await log.close();
      expect(await claim()).toBe(only);
      await store.queue.release(only);
    });

    test('when as many as may be are driven of a plan, for an end user or with a label then the others wait', async () => {
      const [first, second] = [await submit(1, { endUser: 'ada', labels: ['night', 'big'] }), await submit(2)];
      const plan = 'plan-01890000-0000-7000-8000-0000000000a2';
      const [other, third] = [await submit(3, { plan, labels: ['big'] }), await submit(4, { plan, endUser: 'ada' })];
      expect(await claim()).toBe(first);
      const next = async (limits: Partial<QueueLimits>) => {
        const id = await claim(limited(limits));
        if (id !== undefined) await store.queue.release(id);
        return id;
      };
      expect(await next({ perPlan: 1 })).toBe(other);
      expect(await next({ perPlan: 1, labels: new Map([['big', 1]]) })).toBe(third);
      expect(await next({ perPlan: 1, perEndUser: 1, labels: new Map([['big', 1]]) })).toBeUndefined();
      expect(await next({ perPlan: 2, perEndUser: 1 })).toBe(second);
      expect((await store.queue.state(unread)).driven).toMatchObject([
        { end_user_id: 'ada', labels: ['night', 'big'] },
      ]);
      await store.queue.release(first);
      expect(await next({ perPlan: 1 })).toBe(first);
    });

    test('when runs are for nobody in particular then the limit of each end user does not hold them back', async () => {
      const [first, second] = [await submit(1), await submit(2)];
      expect(await claim(limited({ perEndUser: 1 }))).toBe(first);
      expect(await claim(limited({ perEndUser: 1 }))).toBe(second);
    });

    test('when many claim at once then a limit is not exceeded', async () => {
      for (let number = 1; number <= 12; number += 1) await submit(number);
      const stores = [store, reopen(), reopen()];
      const claims = Array.from({ length: 12 }, (_, index) => claim(limited({ perPlan: 3 }), stores[index % 3]));
      const taken = (await Promise.all(claims)).filter((id) => id !== undefined);
      expect(taken).toHaveLength(3);
      expect(new Set(taken).size).toBe(3);
    });

    test('when a worker refused a run for its tools then workers with the same tools leave it until something changes', async () => {
      const only = await submit(1);
      const refused = { seq: 2, at: SINCE, host: 'alpha', missing: ['send_tool'], changed: [] };
      const claimWith = async (tools: string) => {
        const id = await store.queue.claim({ except: [], limits: NO_LIMITS, tools }, unread);
        if (id !== undefined) await store.queue.release(id);
        return id;
      };
      await store.queue.refuse(only, { ...refused, tools: 'a' });
      await store.queue.refuse(only, { ...refused, tools: 'b' });
      await store.queue.refuse(only, { ...refused, tools: 'a' });
      expect([await claimWith('a'), await claimWith('b'), await claimWith('c')]).toEqual([undefined, undefined, only]);
      expect((await listed()).map(({ refusals }) => refusals.map(({ tools }) => tools))).toEqual([['b', 'a']]);
      await (await record(only, { type: 'warning', message: 'something' })).close();
      expect(await claimWith('a')).toBe(only);
      expect((await listed()).map(({ refusals }) => refusals)).toEqual([[]]);
    });

    test('when the queue or a label is paused then no worker takes such runs until it is continued', async () => {
      const plain = await submit(1);
      const night = await submit(2, { labels: ['night'], priority: 1 });
      await store.queue.pause({ label: 'night', since: SINCE });
      await store.queue.pause({ label: 'night', since: '2025-01-01T00:00:00.000Z' });
      const other = reopen();
      expect((await other.queue.state(unread)).pauses).toEqual([{ label: 'night', since: SINCE }]);
      expect(await claim(NO_LIMITS, other)).toBe(plain);
      await other.queue.release(plain);
      await store.queue.pause({ label: null, since: SINCE });
      expect(await claim()).toBeUndefined();
      expect(await store.queue.unpause(null)).toBe(true);
      expect(await store.queue.unpause(null)).toBe(false);
      expect(await store.queue.unpause('night')).toBe(true);
      expect(await claim()).toBe(night);
    });
  });
}
