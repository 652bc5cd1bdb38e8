import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import { buildProgram, type Program } from '../support/build-program.js';
import { ended, startProgram, type Ended } from './child-program.js';
import { eventsOfRun, makeRun, newFolder, outcomeOf, RUN_ID, storeIn } from './examples.js';
import { isChange, watchedFileSystem } from './faulty-file-system.js';

const WHOLE = [...eventsOfRun(1).map((event) => event.type), 'run.completed'];

let program: Program;
beforeAll(() => {
  program = buildProgram('tests/storage/kill-program.ts');
  return () => program.remove();
});

/** What was certain before the kill must be there after it, and the run must continue without force. */
async function checkAfterKill(root: string, { lines }: Ended): Promise<void> {
  const store = storeIn(root, { fs: watchedFileSystem(() => {}) });
  const certain = lines.filter((line) => /^\d+$/.test(line)).length;
  if (certain === 0) {
    const error = await outcomeOf(() => store.readRun(RUN_ID));
    if (error !== undefined) expect(error.code).toBe('unreadable');
    return;
  }
  expect(existsSync(join(root, 'runs', `${RUN_ID}.json`))).toBe(true);
  expect((await store.readRun(RUN_ID))?.owner).toBeUndefined();
  const log = await store.openRun(RUN_ID);
  const events = await store.readEvents(RUN_ID);
  const types = events.map((event) => event.type).filter((type) => type !== 'warning');
  expect(types.length).toBeGreaterThanOrEqual(certain);
  expect(types).toEqual(WHOLE.slice(0, types.length));
  if (log.run.state !== 'COMPLETE') log.append({ type: 'run.completed', final_output: null });
  await log.close();
  expect((await store.readRun(RUN_ID))?.run.state).toBe('COMPLETE');
  const runs = join(root, 'runs');
  expect(readdirSync(runs, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);
}

async function killAt(number: number, mode: string): Promise<Ended> {
  const root = newFolder();
  const end = await ended(startProgram(program, [root, String(number), mode]));
  expect(end.signal ?? end.code).toBe(number === 0 ? 0 : 'SIGKILL');
  await checkAfterKill(root, end);
  return end;
}

test(
  'when the process is killed before or amid any operation of the file system then no certain event is lost',
  { timeout: 900_000 },
  async () => {
    const whole = await killAt(0, 'before');
    const operations = whole.lines.at(-1)?.split(' ') ?? [];
    const points = operations.flatMap((operation, index) => {
      if (!isChange(operation)) return [];
      return (operation === 'write' ? ['before', 'torn'] : ['before']).map((mode) => ({ number: index + 1, mode }));
    });
    expect(points.length).toBeGreaterThan(25);
    while (points.length > 0) await Promise.all(points.splice(0, 2).map(({ number, mode }) => killAt(number, mode)));
  },
);

test('when resuming is killed at any operation, again and again, then it continues from there', async () => {
  const root = newFolder();
  await makeRun(storeIn(root), { events: eventsOfRun(1) });
  const log = join(root, 'runs', RUN_ID, 'events.ndjson');
  writeFileSync(log, `${readFileSync(log, 'utf8')}{"v":1,"seq":5,"ts":"20`);
  for (let at = 1; ; at += 1) {
    const fs = watchedFileSystem((_operation, number) => {
      if (number >= at) throw new Error('killed');
    });
    const driving = (async () => {
      // The killed process is this one, which lives on, so its lock has to be taken.
      const opened = await storeIn(root, { fs }).openRun(RUN_ID, { takeOver: true });
      await opened.close();
    })();
    const killed = await driving.then(
      () => false,
      (error: Error) => error.message === 'killed',
    );
    const events = await storeIn(root).readEvents(RUN_ID);
    expect(events.slice(0, 4).map((event) => event.type)).toEqual(eventsOfRun(1).map((event) => event.type));
    expect(events.slice(4).every((event) => event.type === 'warning')).toBe(true);
    if (!killed) break;
  }
  expect((await storeIn(root).readRun(RUN_ID))?.warnings).toEqual([]);
});
