import { beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { measureJson } from '../../src/domain/values/digest.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { Json } from '../../src/domain/values/json.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { RunFilter, Store } from '../../src/storage/store.js';
import { copyRun, hand } from './copy-run.js';
import { describeEndUsers } from './end-users-contract.js';
import { describeSealed } from './sealed-contract.js';
import { CREATED, errorOf, eventsOfRun, EXCHANGES, makeRun, now, planWith, PLAN_ID, RUN_ID } from './examples.js';

const UNKNOWN_RUN: RunId = 'prun-01890000-0000-7000-8000-00000000ffff';
const run = (suffix: string): RunId => `prun-0189000${suffix}-0000-7000-8000-0000000000b1`;

export interface OpenedStore {
  store: Store;
  reopen: () => Store;
}

/** What every store promises. `open` gives an empty store; `reopen` another one with the same content. */
export function describeStore(name: string, open: () => OpenedStore | Promise<OpenedStore>): void {
  describe(`the port, by the ${name}`, () => {
    let store: Store;
    let reopen: () => Store;
    beforeEach(async () => {
      ({ store, reopen } = await open());
    });

    describe('plans', () => {
      test('when a plan was saved then it is read as it was', async () => {
        await store.savePlan(planWith());
        expect(await reopen().readPlan(PLAN_ID)).toEqual(planWith());
        expect(await reopen().listPlanIds()).toEqual([PLAN_ID]);
      });

      test('when its request is asked for then it is the one that the plan has, and null without a plan', async () => {
        expect(await store.readRequest(PLAN_ID)).toBeNull();
        await store.savePlan(planWith());
        expect(await reopen().readRequest(PLAN_ID)).toBe('add 1 + 2');
      });

      test('when it is saved again then nothing happens', async () => {
        await store.savePlan(planWith());
        await store.savePlan(planWith());
        expect(await store.listPlanIds()).toEqual([PLAN_ID]);
      });

      test('when its id has another content then it is stale and the first stays', async () => {
        await store.savePlan(planWith());
        expect((await errorOf(() => store.savePlan(planWith(PLAN_ID, 'Something else')))).code).toBe('stale');
        expect(await store.readPlan(PLAN_ID)).toEqual(planWith());
      });

      test('when a model planned it then what it was sent and said is read as it was, until the plan is removed', async () => {
        expect(await store.readPlanning(PLAN_ID)).toEqual([]);
        await store.savePlan(planWith(), EXCHANGES);
        await store.savePlan(planWith());
        expect(await reopen().readPlanning(PLAN_ID)).toEqual(EXCHANGES);
        expect(await reopen().readPlan(PLAN_ID)).toEqual(planWith());
        expect(await reopen().listPlanIds()).toEqual([PLAN_ID]);
        await store.removePlan(PLAN_ID);
        expect(await store.readPlanning(PLAN_ID)).toEqual([]);
      });

      test('when it was removed then it is gone', async () => {
        await store.savePlan(planWith());
        await store.removePlan(PLAN_ID);
        expect(await store.readPlan(PLAN_ID)).toBeUndefined();
        expect((await errorOf(() => store.removePlan(PLAN_ID))).code).toBe('not-found');
      });
    });

    describeEndUsers(() => ({ store, reopen }));
    describeSealed(() => ({ store, reopen }));

    describe('runs', () => {
      test('when events were appended then run and events are read back', async () => {
        const log = await store.createRun(RUN_ID);
        for (const event of eventsOfRun(2)) log.append(event);
        const live = structuredClone(log.run);
        const read = await store.readEvents(RUN_ID);
        await log.close();
        expect(read.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
        expect((await reopen().readRun(RUN_ID))?.run).toEqual(live);
        expect(await reopen().readEvents(RUN_ID)).toEqual(read);
      });

      test('when a run is opened then its reader is told of every event, and the log holds those of the whole run', async () => {
        await makeRun(store);
        const read: RunEvent[] = [];
        const log = await reopen().openRun(RUN_ID, { reader: () => (event) => read.push(event) });
        expect(read).toEqual(await store.readEvents(RUN_ID));
        expect(log.events.map(({ type }) => type)).toEqual(['run.created', 'run.started', 'step.completed']);
        await log.close();
      });

      test('when a run is opened again then it continues after its last event', async () => {
        await makeRun(store);
        const log = await reopen().openRun(RUN_ID);
        expect(log.append({ type: 'run.resumed' }).seq).toBe(5);
        expect(log.run).toMatchObject({ state: 'IN_PROGRESS', metadata: { last_seq: 5 } });
        await log.close();
        expect((await store.readRun(RUN_ID))?.run.metadata.last_seq).toBe(5);
      });

      test('when a caller changes what it appended then what is kept stays', async () => {
        const log = await store.createRun(RUN_ID);
        const inputs = { $a: { value: [1] as number[], summary: null } };
        log.append({ ...CREATED, plan_run_inputs: inputs } as typeof CREATED);
        inputs.$a.value.push(2);
        expect(log.run.plan_run_inputs).toEqual({ $a: { value: [1], summary: null } });
        await log.close();
        expect((await store.readRun(RUN_ID))?.run.plan_run_inputs).toEqual({ $a: { value: [1], summary: null } });
      });

      test('when a value is kept then it is read by its digest, in this driver and the next', async () => {
        const log = await store.createRun(RUN_ID);
        log.append(CREATED);
        const value = { rows: [1, 'zwei', { b: null, a: true }] };
        const { digest, bytes } = await log.storeMemory(value);
        expect(bytes).toBe(Buffer.byteLength(JSON.stringify(value)));
        expect(JSON.stringify(await log.readMemory(digest))).toBe(JSON.stringify(value));
        await log.close();
        expect(await reopen().readMemory(RUN_ID, digest)).toEqual(value);
        expect((await errorOf(() => store.readMemory(RUN_ID, 'f'.repeat(64)))).code).toBe('unreadable');
        expect((await errorOf(() => store.readMemory(RUN_ID, '../events'))).code).toBe('unreadable');
      });

      test('when a run is driven then a second driver is refused, and its owner is known', async () => {
        await makeRun(store);
        const log = await store.openRun(RUN_ID);
        expect((await errorOf(() => reopen().openRun(RUN_ID))).code).toBe('run-locked');
        expect((await errorOf(() => reopen().removeRun(RUN_ID))).code).toBe('run-locked');
        expect((await reopen().readRun(RUN_ID))?.owner).toMatchObject({
          pid: expect.any(Number),
          host: expect.any(String),
        });
        await log.close();
        expect((await reopen().readRun(RUN_ID))?.owner).toBeUndefined();
        await (await reopen().openRun(RUN_ID)).close();
      });

      test('when a run is taken over then its former driver can do nothing more', async () => {
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
        expect((await errorOf(intend)).code).toBe('run-locked');
        expect((await errorOf(record)).code).toBe('run-locked');
        log.append({ type: 'run.resumed' });
        await former.close();
        await log.assertOwner();
        await log.close();
        expect(await store.readEvents(RUN_ID)).toHaveLength(5);
      });

      test('when a run was removed then it is gone', async () => {
        await makeRun(store);
        await store.removeRun(RUN_ID);
        expect(await reopen().readRun(RUN_ID)).toBeUndefined();
        expect(await reopen().listRunIds()).toEqual([]);
        expect((await errorOf(() => store.removeRun(RUN_ID))).code).toBe('not-found');
      });

      test('when keys of starts are claimed then each belongs to the first run that claimed it', async () => {
        expect(await store.claimKey('order 7', run('1'))).toBe(run('1'));
        expect(await reopen().claimKey('order 7', run('2'))).toBe(run('1'));
        await store.claimKey('../8', run('2'));
        expect(await reopen().findKey('order 7')).toBe(run('1'));
        expect(await store.findKey('order 9')).toBeUndefined();
        const listed = await reopen().listKeys();
        expect(listed.sort((one, other) => one.key.localeCompare(other.key))).toEqual([
          { key: '../8', run_id: run('2') },
          { key: 'order 7', run_id: run('1') },
        ]);
      });

      test('when runs were made then they are listed, the newest first', async () => {
        for (const id of [run('2'), run('1'), run('3')]) await makeRun(store, { id });
        expect(await reopen().listRunIds()).toEqual([run('3'), run('2'), run('1')]);
      });

      test('when runs are listed then the newest of a state come first, as many as wanted', async () => {
        const ids = ['2', '1', '3'].map(run);
        for (const id of ids) await makeRun(store, { id });
        const log = await store.openRun(run('3'));
        log.append({ type: 'run.completed', final_output: { value: 1, summary: null } });
        await log.close();
        const listed = async (filter: RunFilter) => {
          const briefs = [];
          for await (const { id } of reopen().listRuns(filter)) briefs.push(id);
          return briefs;
        };
        expect(await listed({ limit: Number.POSITIVE_INFINITY })).toEqual([run('3'), run('2'), run('1')]);
        expect(await listed({ limit: 2 })).toEqual([run('3'), run('2')]);
        expect(await listed({ limit: 2, state: 'COMPLETE' })).toEqual([run('3')]);
        expect(await listed({ limit: 1, state: 'IN_PROGRESS' })).toEqual([run('2')]);
        expect(await listed({ limit: 1, state: 'FAILED' })).toEqual([]);
      });

      test('when a run is listed then its brief says what its record says', async () => {
        await makeRun(store);
        const stored = await store.readRun(RUN_ID);
        expect(await store.readRunBrief(RUN_ID)).toEqual({
          id: RUN_ID,
          plan_id: PLAN_ID,
          open_questions: 0,
          state: 'IN_PROGRESS',
          created_at: stored?.run.metadata.created_at,
          updated_at: stored?.run.metadata.updated_at,
          current_step_index: 1,
          step_count: 2,
          owner: undefined,
        });
      });
    });

    describe('runs of another store', () => {
      const VALUE = { rows: [1, 'zwei', { b: null, a: true }] };
      const elsewhere = async (steps = 1): Promise<Store> => {
        const other = createMemoryStore({ now });
        const log = await other.createRun(RUN_ID);
        for (const event of eventsOfRun(steps)) log.append(event);
        await log.storeMemory(VALUE);
        await log.close();
        return other;
      };

      test('when they are taken then they are as they were, and before that they are not there', async () => {
        const other = await elsewhere();
        const receiver = store.receiveRuns();
        await hand(receiver, other, [VALUE]);
        expect(await receiver.check()).toMatchObject([{ standing: 'new', missing: [], run: { id: RUN_ID } }]);
        expect(await reopen().readRun(RUN_ID)).toBeUndefined();
        expect(await reopen().listRunIds()).toEqual([]);
        await receiver.take();
        await receiver.close();
        expect(await reopen().readEvents(RUN_ID)).toEqual(await other.readEvents(RUN_ID));
        expect((await reopen().readRun(RUN_ID))?.run).toEqual((await other.readRun(RUN_ID))?.run);
        expect(await reopen().readMemory(RUN_ID, measureJson(VALUE).digest)).toEqual(VALUE);
        const log = await reopen().openRun(RUN_ID);
        expect(log.append({ type: 'run.resumed' }).seq).toBe(5);
        await log.close();
        expect(await store.findLogBreak(RUN_ID)).toBeUndefined();
      });

      test('when one is here already then its standing is told, and only what is new is taken', async () => {
        await copyRun(await elsewhere(1), store);
        expect(await copyRun(await elsewhere(1), store)).toMatchObject([{ standing: 'same' }]);
        expect(await copyRun(await elsewhere(2), store)).toMatchObject([{ standing: 'ahead' }]);
        expect(await reopen().readEvents(RUN_ID)).toHaveLength(6);
        expect((await reopen().readRun(RUN_ID))?.run.metadata.last_seq).toBe(6);
        expect(await copyRun(await elsewhere(1), store)).toMatchObject([{ standing: 'behind' }]);
        expect(await reopen().readEvents(RUN_ID)).toHaveLength(6);
      });

      test('when one is here with other events then it is stale and stays', async () => {
        const log = await store.createRun(RUN_ID);
        for (const event of eventsOfRun(0)) log.append(event);
        log.append({ type: 'warning', message: 'here' });
        await log.close();
        const error = await errorOf(async () => copyRun(await elsewhere(), store));
        expect(error).toMatchObject({
          code: 'stale',
          details: { why: expect.stringMatching(/^Event [13] is another/) },
        });
        expect(await reopen().readEvents(RUN_ID)).toHaveLength(3);
      });

      test('when one is driven here then what is new is refused', async () => {
        await copyRun(await elsewhere(1), store);
        const log = await store.openRun(RUN_ID);
        expect((await errorOf(async () => copyRun(await elsewhere(2), reopen()))).code).toBe('run-locked');
        await log.close();
      });

      test('when a line was changed, left out or of another run then nothing is taken', async () => {
        const other = await elsewhere(2);
        const lines: string[] = [];
        for await (const line of other.readLines(RUN_ID)) lines.push(line);
        const [first = '', second = '', ...rest] = lines;
        const spoiled = {
          'log-edited': [first, second, ...rest].map((line) => line.replace('value 0', 'value 9')),
          unreadable: [first, ...rest],
        };
        for (const [code, given] of Object.entries(spoiled)) {
          const receiver = store.receiveRuns();
          const taking = async () => {
            for (const line of given) receiver.addLine(line, 'the file');
            await receiver.check();
          };
          expect((await errorOf(taking)).code).toBe(code);
          await receiver.close();
        }
        const receiver = store.receiveRuns();
        for (const line of ['{}', '{"run_id":"../../etc"}', 'no', first.replace(RUN_ID, UNKNOWN_RUN)]) {
          const add = () => receiver.addLine(line, 'the file');
          if (line.startsWith('{"v"')) add();
          else expect((await errorOf(add)).code).toBe('unreadable');
        }
        const addOther = () => receiver.addLine(first.replace(RUN_ID, UNKNOWN_RUN), 'it');
        expect((await errorOf(addOther)).code).toBe('unreadable');
        await receiver.close();
        expect(await reopen().listRunIds()).toEqual([]);
      });

      test('when a value has another digest, or a run has values only, then nothing is taken', async () => {
        const receiver = store.receiveRuns();
        const { digest } = measureJson(VALUE);
        const add = (value: Json, id: RunId = RUN_ID) => receiver.addValue(id, { digest, value }, 'the file');
        expect((await errorOf(() => add({}))).code).toBe('unreadable');
        expect((await errorOf(() => add(VALUE, 'prun-../..'))).code).toBe('unreadable');
        add(VALUE);
        expect((await errorOf(() => receiver.check())).code).toBe('unreadable');
        await receiver.close();
        expect(await reopen().listRunIds()).toEqual([]);
      });
    });

    test('when there is no such run then reading says so and driving is refused', async () => {
      expect(await store.readRun(UNKNOWN_RUN)).toBeUndefined();
      expect(await store.readPlan(PLAN_ID)).toBeUndefined();
      expect(await store.readRunBrief(UNKNOWN_RUN)).toMatchObject({ unreadable: expect.stringContaining('no run') });
      for (const action of [
        () => store.requireRun(UNKNOWN_RUN),
        () => store.openRun(UNKNOWN_RUN),
        () => store.removeRun(UNKNOWN_RUN),
        () => store.readEvents(UNKNOWN_RUN),
        () => store.readMemory(UNKNOWN_RUN, 'f'.repeat(64)),
      ]) {
        expect(await errorOf(action)).toMatchObject({ code: 'not-found', message: `There is no run ${UNKNOWN_RUN}.` });
      }
    });

    test('when a run exists then its id is not given to another', async () => {
      await makeRun(store);
      expect((await errorOf(() => store.createRun(RUN_ID))).code).toBe('internal');
      expect(await store.readEvents(RUN_ID)).toHaveLength(4);
    });

    test('when an event does not fit then it is refused and the log continues', async () => {
      const log = await store.createRun(RUN_ID);
      expect((await errorOf(() => log.append({ type: 'run.started' }))).code).toBe('unreadable');
      log.append(CREATED);
      expect((await errorOf(() => log.append(CREATED))).code).toBe('unreadable');
      log.append({ type: 'run.started' });
      await log.close();
      expect(await store.readEvents(RUN_ID)).toHaveLength(2);
    });
  });
}
