import assert from 'node:assert/strict';

import type { PortiaError } from '../../domain/errors.js';
import { measureJson } from '../../domain/values/digest.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import { createMemoryStore } from '../memory-store.js';
import type { Store } from '../store.js';
import type { Promised } from './check.js';
import { copyRun, hand } from './copy-run.js';
import { assertRefused, assertSame, makeRun } from './expected.js';
import { eventsOfRun, RUN_ID } from './run-examples.js';

const UNKNOWN_RUN: RunId = 'prun-01890000-0000-7000-8000-00000000ffff';
const VALUE = { rows: [1, 'zwei', { b: null, a: true }] };

/** A store that has a run with a large value. */
async function elsewhere(steps = 1): Promise<Store> {
  const other = createMemoryStore({ now: () => new Date('2024-05-06T07:08:09.000Z') });
  const log = await other.createRun(RUN_ID);
  for (const event of eventsOfRun(steps)) log.append(event);
  await log.storeMemory(VALUE);
  await log.close();
  return other;
}

async function linesOf(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.readLines(RUN_ID)) lines.push(line);
  return lines;
}

/** How the run of the other store stands to the one here, which gets what is new. */
async function standingOf(other: Store, store: Store): Promise<string[]> {
  return (await copyRun(other, store)).map(({ standing }) => standing);
}

export const RECEIVED_RUNS: readonly Promised[] = [
  {
    name: 'when runs of another store are taken then they are as they were, and before that they are not there',
    async check({ store, reopen }) {
      const other = await elsewhere();
      const receiver = store.receiveRuns();
      await hand(receiver, other, [VALUE]);
      const received = await receiver.check();
      assert.deepEqual(
        received.map(({ standing, missing, run }) => [standing, missing, run.id]),
        [['new', [], RUN_ID]],
      );
      assert.equal(await reopen().readRun(RUN_ID), undefined);
      assert.deepEqual(await reopen().listRunIds(), []);
      await receiver.take();
      await receiver.close();
      assert.deepEqual(await linesOf(reopen()), await linesOf(other));
      assertSame((await reopen().readRun(RUN_ID))?.run, (await other.readRun(RUN_ID))?.run);
      assertSame(await reopen().readMemory(RUN_ID, measureJson(VALUE).digest), VALUE);
      const log = await reopen().openRun(RUN_ID);
      assert.equal(log.append({ type: 'run.resumed' }).seq, 5);
      await log.close();
      assert.equal(await store.findLogBreak(RUN_ID), undefined);
    },
  },
  {
    name: 'when a run of another store is here already then its standing is told, and only what is new is taken',
    async check({ store, reopen }) {
      await copyRun(await elsewhere(1), store);
      assert.deepEqual(await standingOf(await elsewhere(1), store), ['same']);
      assert.deepEqual(await standingOf(await elsewhere(2), store), ['ahead']);
      assert.equal((await reopen().readEvents(RUN_ID)).length, 6);
      assert.equal((await reopen().readRun(RUN_ID))?.run.metadata.last_seq, 6);
      assert.deepEqual(await standingOf(await elsewhere(1), store), ['behind']);
      assert.equal((await reopen().readEvents(RUN_ID)).length, 6);
    },
  },
  {
    name: 'when a run of another store is here with other events then it is stale and stays',
    async check({ store, reopen }) {
      await makeRun(store, { events: [...eventsOfRun(0), { type: 'warning', message: 'here' }] });
      const error = await assertRefused(async () => copyRun(await elsewhere(), store), 'stale');
      // The first one differs when the clock of this store differs.
      assert.match(String(error.details.why), /^Event [13] is another/);
      assert.equal((await reopen().readEvents(RUN_ID)).length, 3);
    },
  },
  {
    name: 'when a run of another store is driven here then what is new is refused',
    async check({ store, reopen }) {
      await copyRun(await elsewhere(1), store);
      const log = await store.openRun(RUN_ID);
      await assertRefused(async () => copyRun(await elsewhere(2), reopen()), 'run-locked');
      await log.close();
    },
  },
  {
    name: 'when a line of another store was changed or left out then nothing is taken',
    async check({ store, reopen }) {
      const [first = '', , ...rest] = await linesOf(await elsewhere(2));
      const changed = (await linesOf(await elsewhere(2))).map((line) => line.replace('value 0', 'value 9'));
      const take = async (lines: string[]) => {
        const receiver = store.receiveRuns();
        try {
          for (const line of lines) receiver.addLine(line, 'the file');
          await receiver.check();
        } finally {
          await receiver.close();
        }
      };
      await assertRefused(() => take(changed), 'log-edited');
      await assertRefused(() => take([first, ...rest]), 'unreadable');
      assert.deepEqual(await reopen().listRunIds(), []);
    },
  },
  {
    name: 'when a line or a value is of no run, or is not what it says, then it is refused at once',
    async check({ store, reopen }) {
      const [first = ''] = await linesOf(await elsewhere());
      const receiver = store.receiveRuns();
      for (const line of ['{}', '{"run_id":"../../etc"}', 'no']) {
        const error = await assertRefused(() => receiver.addLine(line, 'the file'), 'unreadable');
        assertNames(error, 'the file');
      }
      receiver.addLine(first.replace(RUN_ID, UNKNOWN_RUN), 'the file');
      await assertRefused(() => receiver.addLine(first.replace(RUN_ID, UNKNOWN_RUN), 'it'), 'unreadable');
      const { digest } = measureJson(VALUE);
      const add = (value: Json, id: RunId = RUN_ID) => receiver.addValue(id, { digest, value }, 'the file');
      await assertRefused(() => add({}), 'unreadable');
      await assertRefused(() => add(VALUE, 'prun-../..'), 'unreadable');
      await receiver.close();
      assert.deepEqual(await reopen().listRunIds(), []);
    },
  },
  {
    name: 'when a run of another store has values and no lines then it is refused',
    async check({ store, reopen }) {
      const receiver = store.receiveRuns();
      receiver.addValue(RUN_ID, { ...measureJson(VALUE), value: VALUE }, 'the file');
      await assertRefused(() => receiver.check(), 'unreadable');
      await receiver.close();
      assert.deepEqual(await reopen().listRunIds(), []);
    },
  },
];

function assertNames(error: PortiaError, place: string): void {
  assert.ok(`${error.message} ${error.details.why ?? ''}`.includes(place), `it must name ${place}: ${error.message}`);
}
