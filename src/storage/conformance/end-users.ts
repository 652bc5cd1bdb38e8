import assert from 'node:assert/strict';

import type { Promised } from './check.js';
import { assertSame } from './expected.js';

export const END_USERS: readonly Promised[] = [
  {
    name: 'when nothing is kept of an end user then nothing is known',
    async check({ store }) {
      assert.equal(await store.readEndUser('ada'), undefined);
      assert.deepEqual(await store.listEndUserIds(), []);
    },
  },
  {
    name: 'when what is known of an end user changes then the rest stays, and null forgets',
    async check({ store, reopen }) {
      await store.changeEndUser('ada', { email: 'ada@example.com', additional_data: { plan: 'gold', team: 'blue' } });
      const changed = await store.changeEndUser('ada', { name: 'Ada', additional_data: { plan: null, team: 'red' } });
      const expected = {
        external_id: 'ada',
        name: 'Ada',
        email: 'ada@example.com',
        phone_number: null,
        additional_data: { team: 'red' },
      };
      assertSame(changed, expected);
      assertSame(await reopen().readEndUser('ada'), expected);
      assert.equal(await store.readEndUser('bob'), undefined);
    },
  },
  {
    name: 'when an end user comes from another store then they are kept as they are there, unless something is known',
    async check({ store, reopen }) {
      const user = { external_id: 'ada', name: 'Ada', more: { of: ['theirs'] } };
      assert.equal(await store.keepEndUser(user), true);
      assertSame(await reopen().readEndUser('ada'), user);
      assert.equal(await store.keepEndUser(user), true);
      assert.equal(await store.keepEndUser({ ...user, name: 'Bob' }), false);
      await store.changeEndUser('Zoë', {});
      assert.deepEqual((await reopen().listEndUserIds()).sort(), ['Zoë', 'ada']);
    },
  },
  {
    name: 'when many change an end user at once then nothing is lost',
    async check({ store, reopen }) {
      const learnt = Array.from({ length: 20 }, (_, index) => `n${index}`);
      const other = reopen();
      const changes = learnt.map(async (what, index) =>
        (index % 2 === 0 ? store : other).changeEndUser('ada', { additional_data: { [what]: 'x' } }),
      );
      await Promise.all(changes);
      const kept = await store.readEndUser('ada');
      assert.deepEqual(Object.keys(kept?.additional_data ?? {}).sort(), [...learnt].sort());
    },
  },
];
