import { beforeEach, describe, expect, test } from 'vitest';

import { measureJson } from '../../src/domain/values/digest.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { Json } from '../../src/domain/values/json.js';
import type { OpenedStore } from '../../src/storage/conformance/check.js';
import { storeConformance } from '../../src/storage/conformance/store-conformance.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import { copyRun, hand } from './copy-run.js';
import { describeEndUsers } from './end-users-contract.js';
import { describeSealed } from './sealed-contract.js';
import { errorOf, eventsOfRun, now, RUN_ID } from './examples.js';

const UNKNOWN_RUN: RunId = 'prun-01890000-0000-7000-8000-00000000ffff';

/** What every store promises. `open` gives an empty store; `reopen` another one with the same content. */
export function describeStore(name: string, open: () => OpenedStore | Promise<OpenedStore>): void {
  describe(`the checks for everybody, by the ${name}`, () => {
    for (const { name: promised, run } of storeConformance(open)) test(promised, run);
  });

  describe(`the port, by the ${name}`, () => {
    let store: Store;
    let reopen: () => Store;
    beforeEach(async () => {
      ({ store, reopen } = await open());
    });

    describeEndUsers(() => ({ store, reopen }));
    describeSealed(() => ({ store, reopen }));

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
  });
}
