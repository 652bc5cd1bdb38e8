import assert from 'node:assert/strict';

import type { RunEvent } from '../../domain/run/events.js';
import type { Promised } from './check.js';
import { assertRefused, assertSame, makeRun } from './expected.js';
import { CREATED, eventsOfRun, RUN_ID } from './run-examples.js';

export const LOGS: readonly Promised[] = [
  {
    name: 'when events were appended then run and events are read back',
    async check({ store, reopen }) {
      const log = await store.createRun(RUN_ID);
      for (const event of eventsOfRun(2)) log.append(event);
      const live = structuredClone(log.run);
      const read = await store.readEvents(RUN_ID);
      await log.close();
      assert.deepEqual(
        read.map((event) => event.seq),
        [1, 2, 3, 4, 5, 6],
      );
      assertSame((await reopen().readRun(RUN_ID))?.run, live);
      assertSame(await reopen().readEvents(RUN_ID), read);
    },
  },
  {
    name: 'when a run is opened then its reader is told of every event, and the log holds those of the whole run',
    async check({ store, reopen }) {
      await makeRun(store);
      const read: RunEvent[] = [];
      const log = await reopen().openRun(RUN_ID, { reader: () => (event) => read.push(event) });
      assertSame(read, await store.readEvents(RUN_ID));
      assert.deepEqual(
        log.events.map(({ type }) => type),
        ['run.created', 'run.started', 'step.completed'],
      );
      await log.close();
    },
  },
  {
    name: 'when a run is opened again then it continues after its last event',
    async check({ store, reopen }) {
      await makeRun(store);
      const log = await reopen().openRun(RUN_ID);
      assert.equal(log.append({ type: 'run.resumed' }).seq, 5);
      assert.deepEqual([log.run.state, log.run.metadata.last_seq], ['IN_PROGRESS', 5]);
      await log.close();
      assert.equal((await store.readRun(RUN_ID))?.run.metadata.last_seq, 5);
    },
  },
  {
    name: 'when a caller changes what it appended then what is kept stays',
    async check({ store }) {
      const log = await store.createRun(RUN_ID);
      const given: number[] = [1];
      log.append({ ...CREATED, plan_run_inputs: { $a: { value: given, summary: null } } });
      given.push(2);
      const kept = { $a: { value: [1], summary: null } };
      assertSame(log.run.plan_run_inputs, kept);
      await log.close();
      assertSame((await store.readRun(RUN_ID))?.run.plan_run_inputs, kept);
    },
  },
  {
    name: 'when a value is kept then it is read by its digest, in this driver and the next',
    async check({ store, reopen }) {
      const log = await store.createRun(RUN_ID);
      log.append(CREATED);
      const value = { rows: [1, 'zwei', { b: null, a: true }] };
      const { digest, bytes } = await log.storeMemory(value);
      assert.equal(bytes, Buffer.byteLength(JSON.stringify(value)));
      assert.equal(JSON.stringify(await log.readMemory(digest)), JSON.stringify(value));
      await log.close();
      assertSame(await reopen().readMemory(RUN_ID, digest), value);
      await assertRefused(() => store.readMemory(RUN_ID, 'f'.repeat(64)), 'unreadable');
      await assertRefused(() => store.readMemory(RUN_ID, '../events'), 'unreadable');
    },
  },
  {
    name: 'when a run exists then its id is not given to another',
    async check({ store }) {
      await makeRun(store);
      await assertRefused(() => store.createRun(RUN_ID), 'internal');
      assert.equal((await store.readEvents(RUN_ID)).length, 4);
    },
  },
  {
    name: 'when an event does not fit then it is refused and the log continues',
    async check({ store }) {
      const log = await store.createRun(RUN_ID);
      await assertRefused(() => log.append({ type: 'run.started' }), 'unreadable');
      log.append(CREATED);
      await assertRefused(() => log.append(CREATED), 'unreadable');
      log.append({ type: 'run.started' });
      await log.close();
      assert.equal((await store.readEvents(RUN_ID)).length, 2);
    },
  },
];
