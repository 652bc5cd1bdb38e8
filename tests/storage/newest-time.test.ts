import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { newestTimeIn } from '../../src/storage/file-store.js';
import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { createNewId } from '../../src/storage/new-id.js';
import { newestTime } from '../../src/storage/newest-time.js';
import { makeRun, newFolder, storeIn } from './examples.js';

const now = () => new Date();
const HOUR = 3_600_000;

/** Starts a run as a process of its own would. */
const startIn = (root: string) => makeRun(storeIn(root, { now }), { id: createNewId(newestTimeIn(root, now))('prun') });

function clockAt(time: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: time });
  onTestFinished(() => void vi.useRealTimers());
}

test('when there are many runs then their names are read only if the clock went back, and every later one knows it', async () => {
  const root = newFolder();
  const runs = join(root, 'runs');
  const real = Date.now();
  await startIn(root);
  expect(readdirSync(runs).filter((name) => name === '.portia-newest')).toEqual([]);
  let listings = 0;
  const large: FileSystem = {
    ...realFileSystem,
    lstat: (path) => {
      const stats = realFileSystem.lstat(path);
      return stats && path === runs ? Object.assign(stats, { size: 10_000_000 }) : stats;
    },
    list(path) {
      listings += 1;
      return realFileSystem.list(path);
    },
  };
  expect([newestTime(runs, real + HOUR, { fs: large }), listings]).toEqual([0, 0]);
  expect(newestTime(runs, real - HOUR, { fs: large })).toBeGreaterThanOrEqual(real - 1);
  expect(listings).toBe(1);
  clockAt(real - HOUR);
  const second = await startIn(root);
  // As the next file that is written leaves it.
  utimesSync(runs, new Date(real - HOUR), new Date(real - HOUR));
  const known = newestTime(runs, real - HOUR, { fs: large });
  expect([createNewId(() => known)('prun') > second, listings]).toEqual([true, 1]);
});

test('when a process makes many runs then it reads the names once, and again when the clock went back', async () => {
  const root = newFolder();
  await startIn(root);
  const listed = vi.spyOn(realFileSystem, 'list');
  onTestFinished(() => listed.mockRestore());
  const listings = () => listed.mock.calls.filter(([path]) => path === join(root, 'runs')).length;
  const newId = createNewId(newestTimeIn(root, now));
  const store = storeIn(root, { now });
  const ids = [newId('prun'), newId('prun')];
  for (const id of ids) await makeRun(store, { id });
  expect(listings()).toBe(1);
  clockAt(Date.now() - HOUR);
  ids.push(newId('prun'));
  expect(listings()).toBe(2);
  expect(ids.toSorted()).toEqual(ids);
});
