import assert from 'node:assert/strict';

import type { TakenSignal } from '../../domain/run/signals.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Promised } from './check.js';
import { assertSame, makeRun } from './expected.js';
import { CREATED, RUN_ID } from './run-examples.js';

const OTHER: RunId = 'prun-01890000-0000-7000-8000-0000000000b2';
const PAID = { event: 'payment', key: '1042' };
const FIRST = { ...PAID, run: RUN_ID, effect: '0/1/1' };

export const SIGNALS: readonly Promised[] = [
  {
    name: 'when a signal was sent then the run that takes it gets its data, and nobody else does',
    async check({ store, reopen }) {
      const data = { amount: 12, note: '{{ $secret }} \u0000' };
      const { id, sent_at, waiting } = await store.sendSignal({ ...PAID, data });
      assert.deepEqual(waiting, []);
      assert.equal(new Date(sent_at).toISOString(), sent_at);
      assert.deepEqual([await reopen().hasSignal(PAID), await reopen().countSignals()], [true, 1]);
      assertSame(await reopen().takeSignal(FIRST), { id, sent_at, data });
      assert.deepEqual([await store.hasSignal(PAID), await store.countSignals()], [false, 0]);
      assert.equal(await store.takeSignal({ ...FIRST, run: OTHER }), undefined);
      assert.equal(await store.takeSignal({ ...FIRST, effect: '0/2/1' }), undefined);
    },
  },
  {
    name: 'when a run asks again for the signal that it took then it gets the same, until that is forgotten',
    async check({ store }) {
      await store.sendSignal({ ...PAID, data: 1 });
      await store.sendSignal({ ...PAID, data: 2 });
      const taken = await store.takeSignal(FIRST);
      assert.deepEqual([taken?.data, dataOf(await store.takeSignal(FIRST))], [1, 1]);
      if (taken !== undefined) await store.forgetSignal(taken);
      assert.equal(dataOf(await store.takeSignal(FIRST)), 2);
    },
  },
  {
    name: 'when event or key of a signal is another one then it is not taken',
    async check({ store }) {
      await store.sendSignal({ ...PAID, data: null });
      assert.equal(await store.takeSignal({ ...FIRST, key: '' }), undefined);
      assert.equal(await store.takeSignal({ ...FIRST, event: 'payment1042', key: '' }), undefined);
      assert.equal(await store.hasSignal({ event: '1042', key: 'payment' }), false);
      assert.equal(dataOf(await store.takeSignal(FIRST)), null);
    },
  },
  {
    name: 'when a signal was sent after the time of a run then it is left to others',
    async check({ store }) {
      const { sent_at } = await store.sendSignal({ ...PAID, data: 1 });
      const before = new Date(Date.parse(sent_at) - 1_000).toISOString();
      assert.equal(await store.takeSignal({ ...FIRST, until: before }), undefined);
      const after = new Date(Date.parse(sent_at) + 1_000).toISOString();
      assert.equal(dataOf(await store.takeSignal({ ...FIRST, run: OTHER, until: after })), 1);
    },
  },
  {
    name: 'when many take a signal at once then each is taken once',
    async check({ store, reopen }) {
      for (let data = 0; data < 5; data += 1) await store.sendSignal({ ...PAID, data });
      const stores = [store, reopen(), reopen()];
      const takers = Array.from({ length: 12 }, async (_, index) =>
        (stores[index % 3] ?? store).takeSignal({ ...PAID, run: RUN_ID, effect: `${index}/1/1` }),
      );
      const taken = (await Promise.all(takers)).filter((signal) => signal !== undefined);
      assert.equal(taken.length, 5);
      assert.deepEqual(new Set(taken.map(dataOf)), new Set([0, 1, 2, 3, 4]));
    },
  },
  {
    name: 'when a run waits for an event then whoever tells of it learns which',
    async check({ store, reopen }) {
      const paused = { type: 'run.paused', reason: 'signal', next: '', waits_for: PAID } as const;
      await makeRun(store, { events: [CREATED, { type: 'run.started' }, paused] });
      assert.deepEqual((await store.sendSignal({ ...PAID, key: '7', data: 1 })).waiting, []);
      assert.deepEqual((await reopen().sendSignal({ ...PAID, data: 1 })).waiting, [RUN_ID]);
    },
  },
];

function dataOf(signal: TakenSignal | undefined): unknown {
  return signal?.data;
}
