import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import { LIMITS, type Limits } from '../../src/storage/limits.js';
import { MAX_FILE_BYTES } from '../../src/storage/read-file.js';
import { CREATED, errorOf, makeRun, newFolder, planWith, RUN_ID, storeIn } from './examples.js';

const limited = (root: string, limits: Partial<Limits>) => storeIn(root, { limits: { ...LIMITS, ...limits } });

/** A run whose steps each leave a text. */
const stepsWith = (text: string, count: number): EventBody[] => [
  CREATED,
  { type: 'run.started' },
  ...Array.from({ length: count }, (_, index): EventBody[] => [
    { type: 'step.started', path: `${index}`, attempt: 1 },
    { type: 'step.completed', path: `${index}`, output_name: `$x${index}`, output: { value: text, summary: null } },
  ]).flat(),
  { type: 'run.completed', final_output: { value: text, summary: null } },
];

const snapshotIn = (root: string) => readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8');

describe('a record that is too large for a file', () => {
  test('when many values add up in it then its file is short and says so, and it is read whole', async () => {
    const root = newFolder();
    const events = stepsWith('x'.repeat(1_000), 50);
    await makeRun(limited(root, { snapshotBytes: 50_000 }), { events });
    const text = snapshotIn(root);
    expect(Buffer.byteLength(text)).toBeLessThan(50_000);
    expect(JSON.parse(text)).toMatchObject({ state: 'COMPLETE', metadata: { shortened: true, last_seq: 103 } });
    const stored = await storeIn(root).readRun(RUN_ID);
    expect(stored).toMatchObject({ hasLog: true, warnings: [], isBehind: false });
    expect(stored?.run.steps.map(({ output }) => output?.['value'])).toEqual(
      Array.from({ length: 50 }, () => 'x'.repeat(1_000)),
    );
    expect(stored?.run.metadata).not.toHaveProperty('shortened');
    expect(await storeIn(root).readRunBrief(RUN_ID)).toMatchObject({ state: 'COMPLETE', step_count: 2 });
  });

  test('when it has very many steps then its file has the newest of them', async () => {
    const root = newFolder();
    await makeRun(limited(root, { snapshotBytes: 50_000 }), { events: stepsWith('x', 1_200) });
    const { steps } = JSON.parse(snapshotIn(root)) as { steps: { path: string }[] };
    expect([steps.length, steps.at(-1)?.path]).toEqual([1_000, '1199']);
    expect((await storeIn(root).readRun(RUN_ID))?.run.steps).toHaveLength(1_200);
  });

  test('when it is opened again then it continues, and its file is whole once it fits', async () => {
    const root = newFolder();
    const events = stepsWith('x'.repeat(1_000), 50).slice(0, -1);
    await makeRun(limited(root, { snapshotBytes: 50_000 }), { events });
    const log = await storeIn(root).openRun(RUN_ID);
    expect(log.run.steps).toHaveLength(50);
    log.append({ type: 'run.completed', final_output: null });
    await log.close();
    expect(JSON.parse(snapshotIn(root))).not.toHaveProperty('metadata.shortened');
    expect((await storeIn(root).readRun(RUN_ID))?.run.state).toBe('COMPLETE');
  });
});

describe('an event that is too long', () => {
  test.each([
    [
      'the answer to a question',
      'answer-refused',
      { type: 'clarification.resolved', id: 'clar-0', response: 'x'.repeat(1_000), channel: 'cli' },
    ],
    [
      'an answer before its question',
      'answer-refused',
      { type: 'answer.given', selector: 'a', form: 'text', value: 'x'.repeat(1_000), channel: 'cli' },
    ],
    ['anything else', 'step-failed', { type: 'step.skipped', path: '0', reason: 'x'.repeat(1_000) }],
  ] as unknown as [string, string, EventBody][])(
    'when it is %s then it is refused before anything of it is written, and the log continues',
    async (_what, code, event) => {
      const root = newFolder();
      const log = await limited(root, { eventBytes: 900 }).createRun(RUN_ID);
      log.append(CREATED);
      const error = await errorOf(() => log.append(event));
      expect(error).toMatchObject({ code, details: { retryable: false } });
      expect(error.message).toMatch(/ has 1\d\d\d bytes, the limit is 900 bytes\.$/);
      log.append({ type: 'run.started' });
      await log.close();
      expect((await storeIn(root).readEvents(RUN_ID)).map(({ type }) => type)).toEqual(['run.created', 'run.started']);
    },
  );
});

describe('a value that is too large', () => {
  test('when it is to be kept then it is refused with its size and digest, and the log continues', async () => {
    const root = newFolder();
    const log = await limited(root, { valueBytes: 1_000 }).createRun(RUN_ID);
    log.append(CREATED);
    const error = await errorOf(() => log.storeMemory('x'.repeat(999)));
    expect(error).toMatchObject({ code: 'step-failed', measured: { bytes: 1_001 }, limit: 1_000 });
    const { digest } = await log.storeMemory('x'.repeat(998));
    expect(await log.readMemory(digest)).toBe('x'.repeat(998));
    await log.close();
  });

  test('when it takes many pieces then it is read as it was', async () => {
    const root = newFolder();
    const value = { text: 'ä"🎈\n'.repeat(300_000), rows: Array.from({ length: 20_000 }, (_, id) => ({ id })) };
    const log = await storeIn(root).createRun(RUN_ID);
    log.append(CREATED);
    const { digest, bytes } = await log.storeMemory(value);
    await log.close();
    const kept = readFileSync(join(root, 'runs', RUN_ID, 'memory', `${digest}.json`));
    expect([kept.length, kept.equals(Buffer.from(JSON.stringify(value)))]).toEqual([bytes, true]);
    expect(JSON.stringify(await storeIn(root).readMemory(RUN_ID, digest)) === JSON.stringify(value)).toBe(true);
  });
});

test('when a plan would be too long for its file then it is refused before it is written', async () => {
  const root = newFolder();
  const plan = planWith(undefined, 'x'.repeat(MAX_FILE_BYTES));
  expect(await errorOf(() => storeIn(root).savePlan(plan))).toMatchObject({ code: 'invalid-plan' });
  expect(await storeIn(root).listPlanIds()).toEqual([]);
});
