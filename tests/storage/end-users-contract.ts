import { beforeEach, describe, expect, test } from 'vitest';

import type { Store } from '../../src/storage/store.js';

/** What every store promises of end users. `opened` gives the store of the test. */
export function describeEndUsers(opened: () => { store: Store; reopen: () => Store }): void {
  describe('end users', () => {
    let store: Store;
    let reopen: () => Store;
    beforeEach(() => {
      ({ store, reopen } = opened());
    });

    test('when nothing is kept of one then nothing is known', async () => {
      expect(await store.readEndUser('ada')).toBeUndefined();
    });

    test('when what is known changes then the rest stays, and null forgets', async () => {
      await store.changeEndUser('ada', { email: 'ada@example.com', additional_data: { plan: 'gold', team: 'blue' } });
      const changed = { name: 'Ada', email: 'ada@example.com', additional_data: { team: 'red' } };
      const change = { name: 'Ada', additional_data: { plan: null, team: 'red' } };
      expect(await store.changeEndUser('ada', change)).toMatchObject(changed);
      const kept = await reopen().readEndUser('ada');
      expect(kept).toEqual({ external_id: 'ada', phone_number: null, ...changed });
      expect(await store.readEndUser('bob')).toBeUndefined();
    });

    test('when one comes from another store then they are kept as they are there, unless something is known', async () => {
      const user = { external_id: 'ada', name: 'Ada', more: { of: ['theirs'] } };
      expect(await store.keepEndUser(user)).toBe(true);
      expect(await reopen().readEndUser('ada')).toEqual(user);
      expect(await store.keepEndUser(user)).toBe(true);
      expect(await store.keepEndUser({ ...user, name: 'Bob' })).toBe(false);
      await store.changeEndUser('Zoë', {});
      expect((await reopen().listEndUserIds()).sort()).toEqual(['Zoë', 'ada']);
    });

    test('when many change it at once then nothing is lost', async () => {
      const learnt = Array.from({ length: 20 }, (_, index) => `n${index}`);
      const stores = [store, reopen()];
      const changes = learnt.map(async (what, index) =>
        stores[index % 2]?.changeEndUser('ada', { additional_data: { [what]: 'x' } }),
      );
      await Promise.all(changes);
      const kept = await store.readEndUser('ada');
      expect(Object.keys(kept?.additional_data ?? {}).sort()).toEqual([...learnt].sort());
    });
  });
}
