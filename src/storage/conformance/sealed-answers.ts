import assert from 'node:assert/strict';

import type { ClarificationId } from '../../domain/values/ids.js';
import type { Promised } from './check.js';
import { makeRun } from './expected.js';
import { RUN_ID } from './run-examples.js';

const ONE: ClarificationId = 'clar-01890000-0000-7000-8000-0000000000c1';
const OTHER: ClarificationId = 'clar-01890000-0000-7000-8000-0000000000c2';

export const SEALED_ANSWERS: readonly Promised[] = [
  {
    name: 'when a sealed answer is kept then it is read by its question, until it is forgotten or its run is removed',
    async check({ store, reopen }) {
      await makeRun(store);
      assert.deepEqual(await store.readSealed(RUN_ID), new Map());
      await store.keepSealed(RUN_ID, ONE, 'first');
      await store.keepSealed(RUN_ID, ONE, 'second');
      await store.keepSealed(RUN_ID, OTHER, 'third');
      const both = new Map([
        [ONE, 'second'],
        [OTHER, 'third'],
      ]);
      assert.deepEqual(await reopen().readSealed(RUN_ID), both);
      await store.forgetSealed(RUN_ID, [ONE, ONE]);
      assert.deepEqual(await reopen().readSealed(RUN_ID), new Map([[OTHER, 'third']]));
      await store.removeRun(RUN_ID);
      await makeRun(store);
      assert.deepEqual(await store.readSealed(RUN_ID), new Map());
    },
  },
];
