import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { PlanId, RunId } from '../../src/domain/values/ids.js';
import { errorOf, newFolder, outcomeOf, storeIn } from './examples.js';

const project = join(import.meta.dirname, '../..');
const RUN: RunId = 'prun-18d9aa91-0066-413f-af32-b979bce89821';
const PLAN: PlanId = 'plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977';

function rootWith(files: Record<string, string>): string {
  const root = newFolder();
  mkdirSync(join(root, 'plans'));
  mkdirSync(join(root, 'runs'));
  for (const [to, from] of Object.entries(files)) copyFileSync(join(project, from), join(root, to));
  return root;
}

const seedRoot = (): string =>
  rootWith({ [`runs/${RUN}.json`]: `runs/${RUN}.json`, [`plans/${PLAN}.json`]: `plans/${PLAN}.json` });

describe('the checked-in examples', () => {
  test('when they are read then both are there', async () => {
    const store = storeIn(project);
    expect((await store.readPlan(PLAN))?.steps).toHaveLength(3);
    expect(await store.readRun(RUN)).toMatchObject({ run: { state: 'COMPLETE' }, hasLog: false });
    expect(await store.readRunBrief(RUN)).toMatchObject({ state: 'COMPLETE', step_count: 3 });
    expect(await store.readEvents(RUN)).toEqual([]);
  });

  test('when an older workflow lies under its own name then it is found by the id of a run', async () => {
    const golden = 'tests/golden/workflow';
    const root = rootWith({
      [`runs/workflow-${RUN.slice(5)}.json`]: `${golden}/workflow-${RUN.slice(5)}.json`,
      [`plans/${PLAN}.json`]: `${golden}/${PLAN}.json`,
    });
    expect(await storeIn(root).listRunIds()).toEqual([RUN]);
    expect((await storeIn(root).readRun(RUN))?.run.id).toBe(RUN);
    expect((await storeIn(root).readPlan(PLAN))?.id).toBe(PLAN);
    const log = await storeIn(root).openRun(RUN);
    await log.close();
    expect(await storeIn(root).readRun(RUN)).toMatchObject({ hasLog: true, run: { id: RUN } });
  });

  test('when a plan is saved that a file of the Python SDK has already then nothing is written', async () => {
    const root = seedRoot();
    const before = readFileSync(join(root, 'plans', `${PLAN}.json`), 'utf8');
    const plan = await storeIn(root).readPlan(PLAN);
    if (plan === undefined) throw new Error('no plan');
    await storeIn(root).savePlan(plan);
    expect(readFileSync(join(root, 'plans', `${PLAN}.json`), 'utf8')).toBe(before);
  });
});

test('when a run of another program has a number that cannot be kept then its digits are read as a text', async () => {
  const root = seedRoot();
  const file = join(root, 'runs', `${RUN}.json`);
  const written = readFileSync(file, 'utf8');
  const inputs = '"plan_run_inputs": {"$id": {"value": 616581622363398142, "summary": null}}';
  writeFileSync(file, written.replace('{', `{ ${inputs},`));
  expect((await storeIn(root).readRun(RUN))?.run.plan_run_inputs).toEqual({
    $id: { value: '616581622363398142', summary: null },
  });
});

describe('opening a run without a log', () => {
  test('when it is opened then its log begins with what was imported, and the original is kept', async () => {
    const root = seedRoot();
    const original = readFileSync(join(root, 'runs', `${RUN}.json`), 'utf8');
    const shown = (await storeIn(root).readRun(RUN))?.run;
    const log = await storeIn(root).openRun(RUN);
    expect(log.events).toMatchObject([{ seq: 1, type: 'run.imported', snapshot: shown }]);
    await log.close();
    expect(readFileSync(join(root, 'runs', RUN, 'imported.json'), 'utf8')).toBe(original);
    const stored = await storeIn(root).readRun(RUN);
    expect(stored).toMatchObject({
      hasLog: true,
      warnings: [],
      run: { outputs: shown?.outputs, metadata: { last_seq: 1 } },
    });
  });

  test('when the import was cut short before its snapshot then the original still counts, unless it is edited', async () => {
    const root = seedRoot();
    const path = join(root, 'runs', `${RUN}.json`);
    const original = readFileSync(path, 'utf8');
    await (await storeIn(root).openRun(RUN)).close();
    writeFileSync(path, original);
    expect(await storeIn(root).readRun(RUN)).toMatchObject({ hasLog: true, run: { metadata: { last_seq: 1 } } });
    writeFileSync(path, original.replace('COMPLETE', 'FAILED'));
    expect((await errorOf(() => storeIn(root).readRun(RUN))).code).toBe('snapshot-edited');
  });

  test.each([
    ['broken', '{"id": '],
    ['not a run', '{"id":"prun-18d9aa91-0066-413f-af32-b979bce89821"}'],
    [
      'another run',
      JSON.stringify({ id: 'prun-00000000-0066-413f-af32-b979bce89821', plan_id: PLAN, state: 'COMPLETE' }),
    ],
    ['newer', JSON.stringify({ metadata: { schema_version: 9 } })],
  ])('when the file is %s then it is refused and nothing is made beside it', async (_name, text) => {
    const root = rootWith({});
    writeFileSync(join(root, 'runs', `${RUN}.json`), text);
    expect((await errorOf(() => storeIn(root).openRun(RUN))).code).toBeOneOf(['unreadable', 'newer-version']);
    expect((await outcomeOf(() => storeIn(root).readRun(RUN)))?.code).toBeOneOf(['unreadable', 'newer-version']);
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(join(root, 'runs'))).toEqual([`${RUN}.json`]);
  });

  test('when a plan’s file has another id then it is refused', async () => {
    const root = rootWith({ 'plans/plan-00000000-0af5-490a-a7d0-0df4fd983977.json': `plans/${PLAN}.json` });
    const error = await errorOf(() => storeIn(root).readPlan('plan-00000000-0af5-490a-a7d0-0df4fd983977'));
    expect(error).toMatchObject({ code: 'unreadable', details: { why: expect.stringContaining(PLAN) } });
  });
});
