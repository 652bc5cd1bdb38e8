import { beforeEach, describe, expect, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { RunQueue } from '../../src/storage/run-queue.js';
import type { Store } from '../../src/storage/store.js';
import { CREATED, makeRun } from './examples.js';

export interface OpenedQueue {
  store: Store;
  queue: RunQueue;
}

const run = (number: number): RunId => `prun-01890000-0000-7000-8000-00000000000${number}`;
const unread = (): never => {
  throw new Error('every run can be read');
};

/** What the queue of every store promises. `open` gives an empty store. */
export function describeQueue(name: string, open: () => OpenedQueue | Promise<OpenedQueue>): void {
  describe(`the queue, by the ${name}`, () => {
    let store: Store;
    let queue: RunQueue;
    beforeEach(async () => {
      ({ store, queue } = await open());
    });

    const submit = async (number: number, { priority = 0, labels }: { priority?: number; labels?: string[] } = {}) =>
      makeRun(store, { id: run(number), events: [CREATED, { type: 'run.queued', priority, labels }] });
    const listed = async (limit = Number.POSITIVE_INFINITY) => {
      const all = [];
      for await (const each of queue.list(limit, unread)) all.push(each);
      return all;
    };
    const record = async (id: RunId, ...events: EventBody[]) => {
      const log = await store.openRun(id);
      for (const event of events) log.append(event);
      return log;
    };

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
      expect(await queue.claim({ except: [] }, unread)).toBe(plain);
      await queue.release(plain);
      expect(await queue.claim({ except: [plain] }, unread)).toBeUndefined();
    });
  });
}
