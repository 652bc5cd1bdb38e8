import { expect, test } from 'vitest';

import { createMemoryStore, storeConformance, type Store } from '../../src/store-conformance.js';
import { fileOf } from '../support/page-examples.js';
import { makeConsumer, runProgram } from './consumer-project.js';

/** The checks that a store fails which does this in another way, with what they say. */
async function failedBy(change: (store: Store) => Partial<Store>): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  const checks = storeConformance(() => {
    const store = createMemoryStore({ now: () => new Date() });
    const changed = change(store);
    const own: Store = new Proxy(store, {
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
  expect(ended.stdout).toMatch(/pass 21\b/);
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
