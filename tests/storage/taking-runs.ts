import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import { copyRun, eventsOfRun, newFolder, now, outcomeOf, RUN_ID, storeIn } from './examples.js';
import { faultyFileSystem, watchedFileSystem } from './faulty-file-system.js';

export const VALUES = [{ large: 'x'.repeat(100) }, ['another']];

/** A run with as many steps, in another store. */
export async function elsewhere(steps: number): Promise<Store> {
  const store = createMemoryStore({ now });
  const log = await store.createRun(RUN_ID);
  for (const event of eventsOfRun(steps)) log.append(event);
  for (const value of VALUES) {
    const measured = await log.storeMemory(value);
    log.append({ type: 'memory.stored', path: '0', ...measured });
  }
  await log.close();
  return store;
}

/** Does not wait for the device. */
export const quickStoreIn = (root: string): Store => storeIn(root, { fs: watchedFileSystem(() => {}) });

/** Not there, or with all of its events. */
export async function expectWholeOrAbsent(root: string, point: object): Promise<void> {
  const store = quickStoreIn(root);
  const ids = await store.listRunIds();
  expect({ point, events: ids.length === 0 ? 0 : (await store.readEvents(RUN_ID)).length }).toEqual({
    point,
    events: expect.toBeOneOf([0, 6]),
  });
  expect({ point, there: await store.has(RUN_ID) }).toEqual({ point, there: ids.length > 0 });
}

export async function expectTaken(root: string, point: object): Promise<void> {
  const store = quickStoreIn(root);
  await copyRun(await elsewhere(1), store, VALUES);
  expect({ point, events: (await store.readEvents(RUN_ID)).length }).toEqual({ point, events: 6 });
  expect((await store.readRun(RUN_ID))?.run.metadata.last_seq).toBe(6);
  // Its next driver clears what is left, and writes its file if there is none.
  await (await store.openRun(RUN_ID, { takeOver: true })).close();
  expect(readdirSync(join(root, 'runs'))).toEqual(expect.arrayContaining([RUN_ID, `${RUN_ID}.json`]));
  const kept = readdirSync(join(root, 'runs', RUN_ID), { recursive: true, encoding: 'utf8' });
  expect(kept.filter((name) => name.endsWith('.json'))).toHaveLength(VALUES.length);
}

/** Every operation fails with each of these codes, once and from there on for ever. */
export function describeTaking(codes: string[], lasting: string[] = []): void {
  const cases = [
    ...codes.map((code) => ({ code, forever: false })),
    ...lasting.map((code) => ({ code, forever: true })),
  ];
  test.each(cases)(
    'when any operation fails with $code (for ever: $forever) then it says so, and it can be taken again',
    async ({ code, forever }) => {
      for (let at = 1; ; at += 1) {
        const root = newFolder();
        const { fs, failed } = faultyFileSystem(at, code, forever);
        const from = await elsewhere(1);
        const error = await outcomeOf(() => copyRun(from, storeIn(root, { fs }), VALUES));
        if (!failed()) break;
        if (error !== undefined) expect(error.code).toBeOneOf(['storage-failed', 'unreadable']);
        await expectWholeOrAbsent(root, { at });
        // This process still has the lock that it could not release.
        if (!(await quickStoreIn(root).has(RUN_ID)))
          rmSync(join(root, 'runs', RUN_ID), { recursive: true, force: true });
        await expectTaken(root, { at });
      }
    },
  );
}
