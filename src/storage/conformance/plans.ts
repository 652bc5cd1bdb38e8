import assert from 'node:assert/strict';

import type { Promised } from './check.js';
import { assertRefused, assertSame } from './expected.js';
import { commentWith, EXCHANGES, PLAN_ID, planWith } from './run-examples.js';

export const PLANS: readonly Promised[] = [
  {
    name: 'when a plan was saved then it is read as it was',
    async check({ store, reopen }) {
      await store.savePlan(planWith());
      assertSame(await reopen().readPlan(PLAN_ID), planWith());
      assert.deepEqual(await reopen().listPlanIds(), [PLAN_ID]);
    },
  },
  {
    name: 'when the request of a plan is asked for then it is the one that the plan has, and null without a plan',
    async check({ store, reopen }) {
      assert.equal(await store.readRequest(PLAN_ID), null);
      await store.savePlan(planWith());
      assert.equal(await reopen().readRequest(PLAN_ID), 'add 1 + 2');
    },
  },
  {
    name: 'when a plan is saved again then nothing happens',
    async check({ store }) {
      await store.savePlan(planWith());
      await store.savePlan(planWith());
      assert.deepEqual(await store.listPlanIds(), [PLAN_ID]);
    },
  },
  {
    name: 'when the id of a plan has another content then it is stale and the first stays',
    async check({ store }) {
      await store.savePlan(planWith());
      await assertRefused(() => store.savePlan(planWith(PLAN_ID, 'Something else')), 'stale');
      assertSame(await store.readPlan(PLAN_ID), planWith());
    },
  },
  {
    name: 'when a model made a plan then what it was sent and said is read as it was, until the plan is removed',
    async check({ store, reopen }) {
      assert.deepEqual(await store.readPlanning(PLAN_ID), []);
      await store.savePlan(planWith(), EXCHANGES);
      await store.savePlan(planWith());
      assertSame(await reopen().readPlanning(PLAN_ID), EXCHANGES);
      assertSame(await reopen().readPlan(PLAN_ID), planWith());
      assert.deepEqual(await reopen().listPlanIds(), [PLAN_ID]);
      await store.removePlan(PLAN_ID);
      assert.deepEqual(await store.readPlanning(PLAN_ID), []);
    },
  },
  {
    name: 'when a step is commented on then the comments are read as they were, the oldest first, until they are removed',
    async check({ store, reopen }) {
      await assertRefused(() => store.addComment(commentWith(1)), 'not-found');
      await store.savePlan(planWith());
      assert.deepEqual(await store.listComments(PLAN_ID), []);
      for (const digit of [2, 1, 3, 1]) await store.addComment(commentWith(digit));
      assertSame(
        await reopen().listComments(PLAN_ID),
        [1, 2, 3].map((digit) => commentWith(digit)),
      );
      await store.removeComment(commentWith(2));
      await assertRefused(() => store.removeComment(commentWith(2)), 'not-found');
      await assertRefused(() => store.removeComment({ ...commentWith(1), id: '../x' }), 'not-found');
      assertSame(await reopen().listComments(PLAN_ID), [commentWith(1), commentWith(3)]);
      assertSame(await reopen().readPlan(PLAN_ID), planWith());
      assert.deepEqual(await store.listPlanIds(), [PLAN_ID]);
    },
  },
  {
    name: 'when a plan is removed then its comments are, too',
    async check({ store }) {
      await store.savePlan(planWith());
      await store.addComment(commentWith(1));
      await store.removePlan(PLAN_ID);
      await store.savePlan(planWith());
      assert.deepEqual(await store.listComments(PLAN_ID), []);
    },
  },
  {
    name: 'when a plan was removed then it is gone',
    async check({ store }) {
      await store.savePlan(planWith());
      await store.removePlan(PLAN_ID);
      assert.equal(await store.readPlan(PLAN_ID), undefined);
      await assertRefused(() => store.removePlan(PLAN_ID), 'not-found');
    },
  },
];
