import assert from 'node:assert/strict';

import type { Promised } from './check.js';
import { assertRefused, makeRun } from './expected.js';
import { RUN_ID } from './run-examples.js';

export const DRIVERS: readonly Promised[] = [
  {
    name: 'when a run is driven then a second driver is refused, and its owner is known',
    async check({ store, reopen }) {
      await makeRun(store);
      const log = await store.openRun(RUN_ID);
      await assertRefused(() => reopen().openRun(RUN_ID), 'run-locked');
      await assertRefused(() => reopen().removeRun(RUN_ID), 'run-locked');
      const owner = (await reopen().readRun(RUN_ID))?.owner;
      assert.deepEqual([typeof owner?.pid, typeof owner?.host], ['number', 'string']);
      await log.close();
      assert.equal((await reopen().readRun(RUN_ID))?.owner, undefined);
      await (await reopen().openRun(RUN_ID)).close();
    },
  },
  {
    name: 'when a run is taken over then its former driver can do nothing more',
    async check({ store, reopen }) {
      await makeRun(store);
      const former = await store.openRun(RUN_ID);
      const log = await reopen().openRun(RUN_ID, { takeOver: true });
      const record = async () => {
        former.append({ type: 'run.resumed' });
        await former.flush();
      };
      const intend = async () => {
        await former.assertOwner();
        await record();
      };
      await assertRefused(intend, 'run-locked');
      await assertRefused(record, 'run-locked');
      log.append({ type: 'run.resumed' });
      await former.close();
      await log.assertOwner();
      await log.close();
      assert.equal((await store.readEvents(RUN_ID)).length, 5);
    },
  },
];
