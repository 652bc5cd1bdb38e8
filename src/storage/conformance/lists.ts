import assert from 'node:assert/strict';

import type { RunId } from '../../domain/values/ids.js';
import type { RunFilter } from '../store.js';
import type { Promised } from './check.js';
import { assertRefused, assertSame, makeRun } from './expected.js';
import { PLAN_ID, RUN_ID } from './run-examples.js';

const UNKNOWN_RUN: RunId = 'prun-01890000-0000-7000-8000-00000000ffff';
const run = (digit: number): RunId => `prun-0189000${digit}-0000-7000-8000-0000000000b1`;

export const LISTS: readonly Promised[] = [
  {
    name: 'when a run was removed then it is gone',
    async check({ store, reopen }) {
      await makeRun(store);
      await store.removeRun(RUN_ID);
      assert.equal(await reopen().readRun(RUN_ID), undefined);
      assert.deepEqual(await reopen().listRunIds(), []);
      await assertRefused(() => store.removeRun(RUN_ID), 'not-found');
    },
  },
  {
    name: 'when keys of starts are claimed then each belongs to the first run that claimed it',
    async check({ store, reopen }) {
      assert.equal(await store.claimKey('order 7', run(1)), run(1));
      assert.equal(await reopen().claimKey('order 7', run(2)), run(1));
      await store.claimKey('../8', run(2));
      assert.equal(await reopen().findKey('order 7'), run(1));
      assert.equal(await store.findKey('order 9'), undefined);
      const listed = await reopen().listKeys();
      assertSame(
        listed.toSorted((one, other) => one.key.localeCompare(other.key)),
        [
          { key: '../8', run_id: run(2) },
          { key: 'order 7', run_id: run(1) },
        ],
      );
    },
  },
  {
    name: 'when runs were made then they are listed, the newest first',
    async check({ store, reopen }) {
      for (const id of [run(2), run(1), run(3)]) await makeRun(store, { id });
      assert.deepEqual(await reopen().listRunIds(), [run(3), run(2), run(1)]);
    },
  },
  {
    name: 'when runs are listed then the newest of a state come first, as many as wanted',
    async check({ store, reopen }) {
      for (const id of [run(2), run(1), run(3)]) await makeRun(store, { id });
      const log = await store.openRun(run(3));
      log.append({ type: 'run.completed', final_output: { value: 1, summary: null } });
      await log.close();
      const assertListed = async (filter: RunFilter, expected: RunId[]) => {
        const listed = [];
        for await (const { id } of reopen().listRuns(filter)) listed.push(id);
        assert.deepEqual(listed, expected);
      };
      await assertListed({ limit: Number.POSITIVE_INFINITY }, [run(3), run(2), run(1)]);
      await assertListed({ limit: 2 }, [run(3), run(2)]);
      await assertListed({ limit: 2, state: 'COMPLETE' }, [run(3)]);
      await assertListed({ limit: 1, state: 'IN_PROGRESS' }, [run(2)]);
      await assertListed({ limit: 1, state: 'FAILED' }, []);
    },
  },
  {
    name: 'when a run is made, driven or removed then another text tells it, where the store tells it at all',
    async check({ store, reopen }) {
      await makeRun(store);
      const told = [await reopen().runChanges()];
      const log = await store.openRun(RUN_ID);
      told.push(await reopen().runChanges());
      await log.close();
      await makeRun(store, { id: run(2) });
      told.push(await reopen().runChanges());
      await store.removeRun(run(2));
      told.push(await reopen().runChanges());
      assert.ok(told.every((text) => text === undefined) || new Set(told).size === told.length);
    },
  },
  {
    name: 'when a run is listed then its brief says what its record says',
    async check({ store }) {
      await makeRun(store);
      const stored = await store.readRun(RUN_ID);
      assertSame(await store.readRunBrief(RUN_ID), {
        id: RUN_ID,
        plan_id: PLAN_ID,
        open_questions: 0,
        state: 'IN_PROGRESS',
        created_at: stored?.run.metadata.created_at,
        updated_at: stored?.run.metadata.updated_at,
        current_step_index: 1,
        step_count: 2,
        last_seq: stored?.run.metadata.last_seq,
      });
    },
  },
  {
    name: 'when there is no such run then reading says so and driving is refused',
    async check({ store }) {
      assert.equal(await store.readRun(UNKNOWN_RUN), undefined);
      assert.equal(await store.readPlan(PLAN_ID), undefined);
      const brief = await store.readRunBrief(UNKNOWN_RUN);
      assert.match('unreadable' in brief ? brief.unreadable : '', /no run/);
      for (const action of [
        () => store.requireRun(UNKNOWN_RUN),
        () => store.openRun(UNKNOWN_RUN),
        () => store.removeRun(UNKNOWN_RUN),
        () => store.readEvents(UNKNOWN_RUN),
        () => store.readMemory(UNKNOWN_RUN, 'f'.repeat(64)),
      ]) {
        assert.equal((await assertRefused(action, 'not-found')).message, `There is no run ${UNKNOWN_RUN}.`);
      }
    },
  },
];
