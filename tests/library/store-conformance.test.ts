import { expect, test } from 'vitest';

import {
  createMemoryStore,
  queueConformance,
  storeConformance,
  type OpenedStore,
  type QueueingStore,
} from '../../src/store-conformance.js';
import { fileOf } from '../support/page-examples.js';
import { makeConsumer, runProgram } from './consumer-project.js';

const everyCheck = (open: () => OpenedStore<QueueingStore>) => [...storeConformance(open), ...queueConformance(open)];

/** The checks that a store fails which does this in another way, with what they say. */
async function failedBy(change: (store: QueueingStore) => Partial<QueueingStore>): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  const checks = everyCheck(() => {
    const store = createMemoryStore({ now: () => new Date() });
    const changed = change(store);
    const own: QueueingStore = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { store: own, reopen: () => own };
  });
  for (const { name, run } of checks) {
    await run().catch((error: unknown) => {
      failed[name] = error instanceof Error ? error.message : 'not an Error';
    });
  }
  return failed;
}

test('when the example of the page is run then its store passes every check', async () => {
  const dir = makeConsumer({ 'conformance.test.js': fileOf('docs/scale.md', 'conformance.test.js') });
  const ended = await runProgram(dir, 'conformance.test.js');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const store = createMemoryStore({ now: () => new Date() });
  const count = everyCheck(() => ({ store, reopen: () => store })).length;
  expect(ended.stdout).toMatch(new RegExp(`pass ${count}\\b`));
});

test('when a store does something else then the checks of this fail, and say what', async () => {
  expect(await failedBy(() => ({}))).toEqual({});
  expect(await failedBy((store) => ({ listRunIds: async () => (await store.listRunIds()).toReversed() }))).toEqual({
    'when runs were made then they are listed, the newest first': expect.stringContaining('deep-equal'),
  });
  const forgetful = await failedBy((store) => ({ openRun: (id) => store.openRun(id, { takeOver: true }) }));
  expect(forgetful).toMatchObject({
    'when a run is driven then a second driver is refused, and its owner is known':
      'it must end with a PortiaError "run-locked", and ended well',
  });
  const overwriting = await failedBy((store) => ({
    savePlan: async (plan, exchanges) => {
      if (await store.has(plan.id)) await store.removePlan(plan.id);
      await store.savePlan(plan, exchanges);
    },
  }));
  expect(Object.keys(overwriting)).toContain(
    'when the id of a plan has another content then it is stale and the first stays',
  );
});

test('when a store does something else with end users, signals, imported runs, secrets or the queue then that is told', async () => {
  const failures: Record<string, (store: QueueingStore) => Partial<QueueingStore>> = {
    'when an end user comes from another store then they are kept as they are there, unless something is known':
      () => ({
        keepEndUser: async () => true,
      }),
    'when a signal was sent then the run that takes it gets its data, and nobody else does': (store) => ({
      takeSignal: (wanted) => store.takeSignal({ ...wanted, effect: '' }),
    }),
    'when a sealed answer is kept then it is read by its question, until it is forgotten or its run is removed':
      () => ({
        forgetSealed: async () => undefined,
      }),
    'when runs of another store are taken then they are as they were, and before that they are not there': (store) => ({
      receiveRuns: () => ({ ...store.receiveRuns(), take: async () => undefined }),
    }),
    'when a worker wants certain runs then it gets no others': ({ queue }) => ({
      queue: { ...queue, claim: (filter, tell) => queue.claim({ ...filter, labels: undefined }, tell) },
    }),
    'when a schedule was removed then it is gone, and no change brings it back': ({ schedules }) => ({
      schedules: {
        add: (schedule) => schedules.add(schedule),
        list: () => schedules.list(),
        due: () => schedules.due(),
        replace: (schedule) => schedules.replace(schedule),
        remove: async () => undefined,
      },
    }),
  };
  for (const [name, change] of Object.entries(failures)) {
    expect(Object.keys(await failedBy(change))).toContain(name);
  }
});

test('when a check ends, well or not, then its stores are closed', async () => {
  const closed: string[] = [];
  const checks = storeConformance(() => {
    const store = createMemoryStore({ now: () => new Date() });
    store.savePlan = async () => undefined;
    return { store, reopen: () => store, close: async () => void closed.push('closed') };
  });
  const ended = await Promise.allSettled(checks.map(({ run }) => run()));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']));
  expect(closed).toHaveLength(checks.length);
});
