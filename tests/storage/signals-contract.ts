import { beforeEach, describe, expect, test } from 'vitest';

import type { RunId } from '../../src/domain/values/ids.js';
import type { OpenedStore } from '../../src/storage/conformance/check.js';
import type { Store } from '../../src/storage/store.js';

const RUN: RunId = 'prun-01890000-0000-7000-8000-0000000000c1';
const OTHER: RunId = 'prun-01890000-0000-7000-8000-0000000000c2';
const PAID = { event: 'payment', key: '1042' };
const FIRST = { ...PAID, run: RUN, effect: '0/1/1' };

/** What every store promises of signals. `open` gives an empty store. */
export function describeSignals(name: string, open: () => OpenedStore | Promise<OpenedStore>): void {
  describe(`signals, by the ${name}`, () => {
    let store: Store;
    let reopen: () => Store;
    beforeEach(async () => {
      ({ store, reopen } = await open());
    });
    const dataOf = async (wanted: Parameters<Store['takeSignal']>[0]) => (await store.takeSignal(wanted))?.data;

    test('when one was sent then the run that takes it gets its data, and nobody else does', async () => {
      const data = { amount: 12, note: '{{ $secret }} \u0000' };
      const sent = await store.sendSignal({ ...PAID, data });
      expect(sent).toMatchObject({ waiting: [], sent_at: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect(await reopen().hasSignal(PAID)).toBe(true);
      expect(await reopen().takeSignal(FIRST)).toEqual({ id: sent.id, sent_at: sent.sent_at, data });
      expect(await store.hasSignal(PAID)).toBe(false);
      expect(await dataOf({ ...FIRST, run: OTHER })).toBeUndefined();
      expect(await dataOf({ ...FIRST, effect: '0/2/1' })).toBeUndefined();
    });

    test('when a run asks again for what it took then it gets the same, until that is forgotten', async () => {
      await store.sendSignal({ ...PAID, data: 1 });
      await store.sendSignal({ ...PAID, data: 2 });
      const taken = await store.takeSignal(FIRST);
      expect([taken?.data, await dataOf(FIRST)]).toEqual([1, 1]);
      if (taken !== undefined) await store.forgetSignal(taken);
      expect(await dataOf(FIRST)).toBe(2);
    });

    test('when event or key is another one then it is not taken', async () => {
      await store.sendSignal({ ...PAID, data: null });
      expect(await dataOf({ ...FIRST, key: '' })).toBeUndefined();
      expect(await dataOf({ ...FIRST, event: 'payment1042', key: '' })).toBeUndefined();
      expect(await store.hasSignal({ event: '1042', key: 'payment' })).toBe(false);
      expect(await dataOf(FIRST)).toBeNull();
    });

    test('when it was sent after the time of a run then it is left to others', async () => {
      const { sent_at } = await store.sendSignal({ ...PAID, data: 1 });
      const before = new Date(Date.parse(sent_at) - 1_000).toISOString();
      expect(await dataOf({ ...FIRST, until: before })).toBeUndefined();
      const after = new Date(Date.parse(sent_at) + 1_000).toISOString();
      expect(await dataOf({ ...FIRST, run: OTHER, until: after })).toBe(1);
    });

    test('when many take at once then each signal is taken once', async () => {
      for (let data = 0; data < 5; data += 1) await store.sendSignal({ ...PAID, data });
      const stores = [store, reopen(), reopen()];
      const takers = Array.from({ length: 12 }, async (_, index) =>
        stores[index % 3]?.takeSignal({ ...PAID, run: RUN, effect: `${index}/1/1` }),
      );
      const taken = (await Promise.all(takers)).flatMap((signal) => (signal === undefined ? [] : [signal.data]));
      expect(taken.toSorted()).toEqual([0, 1, 2, 3, 4]);
    });

    test('when a run waits for an event then whoever tells of it learns which', async () => {
      const log = await store.createRun(RUN);
      const plan_id = 'plan-01890000-0000-7000-8000-0000000000a1';
      const created = { plan_digest: '', step_count: 1, end_user_id: 'ada', plan_run_inputs: {} };
      log.append({ type: 'run.created', plan_id, ...created });
      log.append({ type: 'run.started' });
      log.append({ type: 'run.paused', reason: 'signal', next: '', waits_for: PAID });
      await log.close();
      expect((await store.sendSignal({ ...PAID, key: '7', data: 1 })).waiting).toEqual([]);
      expect((await reopen().sendSignal({ ...PAID, data: 1 })).waiting).toEqual([RUN]);
    });
  });
}
