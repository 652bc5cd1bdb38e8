import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { EXCHANGES } from '../../src/storage/conformance/run-examples.js';
import type { Store } from '../../src/storage/store.js';
import { CREATED, eventsOfRun, makeRun, newFolder, outcomeOf, planWith, PLAN_ID, RUN_ID, storeIn } from './examples.js';
import { faultyFileSystem, watchedFileSystem } from './faulty-file-system.js';

const SAID = ['storage-failed', 'unreadable', 'run-locked'];

/** Does not wait for the device, which no test here can take away. */
const quickStoreIn = (root: string): Store => storeIn(root, { fs: watchedFileSystem(() => {}) });

interface Script {
  /** Does the work; reports each event that is certain. */
  work: (store: Store, certain: (seq: number) => void) => Promise<void>;
  prepare?: (store: Store) => Promise<void>;
  /** `seq` of the last event when all went well. */
  events: number;
}

const scripts: Record<string, Script> = {
  'a run is made and does two steps': {
    events: 8,
    async work(store, certain) {
      const log = await store.createRun(RUN_ID);
      for (const body of eventsOfRun(2)) {
        const { seq } = log.append(body);
        await log.flush();
        certain(seq);
      }
      await log.snapshot();
      await log.storeMemory('large');
      log.append({ type: 'warning', message: 'w' });
      log.append({ type: 'run.completed', final_output: null });
      await log.close();
      certain(8);
    },
  },
  'a run is opened and continues': {
    events: 6,
    prepare: async (store) => void (await makeRun(store)),
    async work(store, certain) {
      const log = await store.openRun(RUN_ID);
      certain(log.append({ type: 'run.resumed' }).seq - 1);
      await log.flush();
      certain(5);
      log.append({ type: 'run.paused', reason: 'signal', next: 'portia resume' });
      await log.close();
      certain(6);
    },
  },
};

async function runWithFault(script: Script, fault: { at: number; code: string; forever: boolean }) {
  const root = newFolder();
  await script.prepare?.(quickStoreIn(root));
  const { fs, failed } = faultyFileSystem(fault.at, fault.code, fault.forever);
  let certain = 0;
  const error = await outcomeOf(() => script.work(storeIn(root, { fs }), (seq) => (certain = seq)));
  return { root, error, certain, failed: failed() };
}

/** Every operation of every script fails once with each of the codes, and from there on for ever with each of `lasting`. */
export function describeFaults(codes: string[], lasting = codes): void {
  describe.each(Object.entries(scripts))('when %s', (_name, script) => {
    const cases = [
      ...codes.map((code) => ({ code, forever: false })),
      ...lasting.map((code) => ({ code, forever: true })),
    ];

    test.each(cases)(
      'and any operation fails with $code (for ever: $forever) then nothing certain is lost, and it is said',
      async (fault) => {
        for (let at = 1; ; at += 1) {
          const { root, error, certain, failed } = await runWithFault(script, { at, ...fault });
          if (!failed) break;
          if (error === undefined) expect(certain).toBe(script.events);
          else
            expect(error).toMatchObject({
              code: expect.toBeOneOf(SAID),
              details: { why: expect.any(String) },
              fix: expect.any(String),
            });
          const events = certain === 0 ? [] : await quickStoreIn(root).readEvents(RUN_ID);
          expect(events.length).toBeGreaterThanOrEqual(certain);
          if (certain === 0) continue;
          // This process is the dead owner's stand-in, so the lock is taken by force.
          const log = await quickStoreIn(root).openRun(RUN_ID, { takeOver: true });
          expect(log.run.metadata.last_seq).toBeGreaterThanOrEqual(certain);
          await log.close();
        }
      },
    );
  });

  describe('when a plan is saved', () => {
    test.each(codes)(
      'and any operation fails with %s then plan and prompts are there whole or not at all, and it is said',
      async (code) => {
        for (let at = 1; ; at += 1) {
          const root = newFolder();
          const { fs, failed } = faultyFileSystem(at, code, false);
          const error = await outcomeOf(() => storeIn(root, { fs }).savePlan(planWith(), EXCHANGES));
          if (!failed()) break;
          const kept = await quickStoreIn(root).readPlan(PLAN_ID);
          const prompts = await quickStoreIn(root).readPlanning(PLAN_ID);
          if (error === undefined) expect([kept, prompts]).toEqual([planWith(), EXCHANGES]);
          else expect(error).toMatchObject({ code: expect.toBeOneOf(SAID) });
          expect(prompts).toBeOneOf([[], EXCHANGES]);
          if (kept !== undefined) expect(readdirSync(join(root, 'plans'))).toContain(`${PLAN_ID}.json`);
        }
      },
    );
  });

  describe('when a signal is sent, taken and forgotten', () => {
    const event = { event: 'payment', key: '7' };
    const taker = { ...event, run: RUN_ID, effect: '0/1/1' };

    test.each(codes)('and sending fails with %s then it is there whole or not at all, and it is said', async (code) => {
      for (let at = 1; ; at += 1) {
        const root = newFolder();
        const { fs, failed } = faultyFileSystem(at, code, false);
        const error = await outcomeOf(() => storeIn(root, { fs }).sendSignal({ ...event, data: 'x' }));
        if (!failed()) break;
        if (error !== undefined) expect(error.code).toBeOneOf(SAID);
        const taken = await quickStoreIn(root).takeSignal(taker);
        expect(taken?.data).toBeOneOf(error === undefined ? ['x'] : ['x', undefined]);
      }
    });

    test.each(codes)('and taking fails with %s then the same run gets it, and no other one does', async (code) => {
      for (let at = 1; ; at += 1) {
        const root = newFolder();
        const sent = await quickStoreIn(root).sendSignal({ ...event, data: 'x' });
        const { fs, failed } = faultyFileSystem(at, code, false);
        const store = storeIn(root, { fs });
        const error = await outcomeOf(() => store.takeSignal(taker));
        if (!failed()) break;
        if (error !== undefined) expect(error.code).toBeOneOf(SAID);
        expect(await quickStoreIn(root).takeSignal(taker)).toMatchObject({ id: sent.id, data: 'x' });
        expect(await quickStoreIn(root).takeSignal({ ...taker, effect: '0/2/1' })).toBeUndefined();
      }
    });

    test.each(codes)('and forgetting fails with %s then that is said, and it can be forgotten again', async (code) => {
      for (let at = 1; ; at += 1) {
        const root = newFolder();
        await quickStoreIn(root).sendSignal({ ...event, data: 'x' });
        const taken = await quickStoreIn(root).takeSignal(taker);
        if (taken === undefined) throw new Error('it was sent');
        const { fs, failed } = faultyFileSystem(at, code, false);
        const error = await outcomeOf(() => storeIn(root, { fs }).forgetSignal(taken));
        if (!failed()) break;
        if (error !== undefined) expect(error.code).toBeOneOf(SAID);
        await quickStoreIn(root).forgetSignal(taken);
        expect(await quickStoreIn(root).takeSignal(taker)).toBeUndefined();
      }
    });
  });

  describe('when a run is removed', () => {
    test.each(codes)(
      'and any operation fails with %s then it is whole or gone, or can be removed again',
      async (code) => {
        for (let at = 1; ; at += 1) {
          const root = newFolder();
          await makeRun(quickStoreIn(root), { events: [CREATED] });
          const { fs, failed } = faultyFileSystem(at, code, false);
          const error = await outcomeOf(() => storeIn(root, { fs }).removeRun(RUN_ID));
          if (!failed()) break;
          const stored = await quickStoreIn(root).readRun(RUN_ID);
          if (error === undefined) expect(stored).toBeUndefined();
          else expect(error.code).toBeOneOf(SAID);
          if (stored !== undefined) expect(stored.run.metadata.last_seq).toBe(1);
          const again = await outcomeOf(() => quickStoreIn(root).removeRun(RUN_ID));
          if (again !== undefined) expect(again.code).toBe('not-found');
          expect(readdirSync(join(root, 'runs'))).toEqual(['.portia-changes']);
        }
      },
    );
  });
}
