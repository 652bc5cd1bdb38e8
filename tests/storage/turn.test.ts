import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import type { FileSystem } from '../../src/storage/file-system.js';
import { CREATED, errorOf, eventsOfRun, newFolder, RUN_ID, storeIn } from './examples.js';
import { watchedFileSystem } from './faulty-file-system.js';

const OTHER = 'prun-01890000-0000-7000-8000-0000000000b2';

/** A run that has begun; `writes` counts the writes to files since, which fail once `isFull` is set. */
async function begun() {
  const disk = { writes: 0, isFull: false };
  const fs: FileSystem = watchedFileSystem((operation) => {
    if (operation !== 'write') return;
    disk.writes += 1;
    if (disk.isFull) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
  });
  const root = newFolder();
  const store = storeIn(root, { fs });
  const log = await store.createRun(RUN_ID);
  log.append(CREATED);
  disk.writes = 0;
  return { disk, root, store, log };
}

const [, ...events] = eventsOfRun(3);
/** As another process reads it. */
const typesIn = async (root: string) => (await storeIn(root).readEvents(RUN_ID)).map(({ type }) => type);

test('when events are recorded in one turn then they are one write at its end, and told after it', async () => {
  const { disk, root, log } = await begun();
  const told: number[] = [];
  for (const event of events) {
    log.append(event, ({ seq }) => told.push(seq));
    await Promise.resolve();
  }
  expect([disk.writes, told]).toEqual([0, []]);
  await nextTurn();
  expect([disk.writes, told]).toEqual([1, events.map((_, index) => index + 2)]);
  expect(await typesIn(root)).toEqual(['run.created', ...events.map(({ type }) => type)]);
  await log.close();
});

test('when what was recorded must be on disk, or the store is asked for something, then it is written before', async () => {
  const { disk, store, log } = await begun();
  log.append({ type: 'run.started' });
  await log.flush();
  expect(disk.writes).toBe(1);
  log.append({ type: 'warning', message: 'careful' });
  expect(await store.readEvents(RUN_ID)).toHaveLength(3);
  expect(disk.writes).toBe(2);
  await log.close();
});

test('when two runs record in one turn then all is written in the order in which it was recorded', async () => {
  const { root, store, log } = await begun();
  const other = await store.createRun(OTHER);
  const told: string[] = [];
  const tell = ({ run_id }: { run_id: string }) => told.push(run_id);
  log.append({ type: 'run.started' }, tell);
  other.append(CREATED, tell);
  expect(await typesIn(root)).toEqual(['run.created', 'run.started']);
  log.append({ type: 'warning', message: 'careful' }, tell);
  await other.flush();
  await nextTurn();
  expect(told).toEqual([RUN_ID, OTHER, RUN_ID]);
  await log.close();
  await other.close();
});

test('when a turn has more than fits together then the first of it is written within the turn', async () => {
  const { disk, log } = await begun();
  for (let count = 0; count < 5; count += 1) log.append({ type: 'warning', message: 'x'.repeat(20_000) });
  expect(disk.writes).toBe(1);
  await log.close();
});

test.each([
  ['recorded', async (log: Log) => log.append({ type: 'run.started' })],
  ['flushed', async (log: Log) => log.flush()],
  ['closed', async (log: Log) => log.close()],
])(
  'when the end of a turn cannot be written then that is said when more is %s, and nobody was told',
  async (_, next) => {
    const { disk, log } = await begun();
    disk.isFull = true;
    let isTold = false;
    log.append({ type: 'run.started' }, () => (isTold = true));
    await nextTurn();
    expect((await errorOf(() => next(log))).code).toBe('storage-failed');
    expect((await errorOf(() => log.append({ type: 'run.started' }))).message).toMatch(
      /takes no more events|is closed/,
    );
    expect(isTold).toBe(false);
    disk.isFull = false;
    await log.close();
  },
);

type Log = Awaited<ReturnType<typeof begun>>['log'];
