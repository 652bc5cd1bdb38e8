import assert from 'node:assert/strict';

import type { EventBody } from '../../domain/run/events.js';
import type { QueueingStore } from '../run-queue.js';
import type { Promised } from './check.js';
import { claim, drive, listed, nextOf, submit } from './queue-examples.js';

const PAST = '2000-01-01T00:00:00.000Z';
const FUTURE = '2200-01-01T00:00:00.000Z';
const STARTED: EventBody = { type: 'run.started' };

/** When workers get a run that waits. */
export const WAKING: readonly Promised<QueueingStore>[] = [
  {
    name: 'when a run waits for a time then workers get it once the time has come',
    async check({ store, reopen }) {
      const later = await submit(store, 1, { priority: 9, wake_at: FUTURE });
      const now = await submit(store, 2, { wake_at: PAST });
      assert.deepEqual(
        (await listed(store)).map(({ id, wake_at }) => [id, wake_at]),
        [
          [later, FUTURE],
          [now, PAST],
        ],
      );
      assert.equal(await claim(reopen()), now);
      assert.equal(await claim(store), undefined);
    },
  },
  {
    name: 'when a run waits for an event then workers get it once somebody tells of it',
    async check({ store, reopen }) {
      const waiting = await submit(store, 1);
      const waits_for = { event: 'payment', key: '7' };
      const paused: EventBody = { type: 'run.paused', reason: 'signal', next: '', waits_for };
      await (await drive(store, waiting, [STARTED, paused])).close();
      assert.equal(await claim(store), undefined);
      await store.sendSignal({ event: 'payment', key: '8', data: 1 });
      assert.equal(await claim(store), undefined);
      await reopen().sendSignal({ ...waits_for, data: 1 });
      assert.equal(await nextOf(store), waiting);
    },
  },
  {
    name: 'when an event was told before its run paused then workers get the run at once',
    async check({ store, reopen }) {
      const waiting = await submit(store, 1);
      const waits_for = { event: 'payment', key: '' };
      const log = await drive(store, waiting, [STARTED]);
      await reopen().sendSignal({ ...waits_for, data: 1 });
      log.append({ type: 'run.paused', reason: 'signal', next: '', waits_for });
      await log.close();
      assert.equal(await nextOf(store), waiting);
    },
  },
];
