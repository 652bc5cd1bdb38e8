import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import type { PlanId } from '../../src/domain/values/ids.js';
import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { CREATED, makeRun, newFolder, planWith, PLAN_ID, RUN_ID, storeIn } from './examples.js';

/** An `open` that keeps the path of each file that is opened. */
function namedFiles(): { names: ReadonlyMap<number, string>; open: FileSystem['open'] } {
  const names = new Map<number, string>();
  const open: FileSystem['open'] = (path, flags, mode) => {
    const file = realFileSystem.open(path, flags, mode);
    names.set(file, path);
    return file;
  };
  return { names, open };
}

test('when an event is flushed then every name on its way is durable, and its bytes are', async () => {
  const root = newFolder();
  const { names, open } = namedFiles();
  const lost = new Set<string>();
  const fs: FileSystem = {
    ...realFileSystem,
    open(path, flags, mode) {
      if (realFileSystem.lstat(path) === undefined) lost.add(path);
      return open(path, flags, mode);
    },
    makeFolder(path, mode) {
      lost.add(path);
      realFileSystem.makeFolder(path, mode);
    },
    sync(file) {
      for (const path of lost) if (dirname(path) === names.get(file)) lost.delete(path);
    },
    dataSync: (file) => void lost.delete(`bytes of ${names.get(file)}`),
    write(file, bytes) {
      lost.add(`bytes of ${names.get(file)}`);
      return realFileSystem.write(file, bytes);
    },
  };
  const log = await storeIn(root, { fs }).createRun(RUN_ID);
  log.append(CREATED);
  await log.flush();
  // A lock says who lives now, after a power loss nobody does; the first snapshot can be made again from the log.
  const mayGo = ['.portia-', 'lock.', `${RUN_ID}.json`];
  expect([...lost].filter((name) => !mayGo.some((part) => name.includes(part)))).toEqual([]);
  await log.close();
});

test('when a power loss leaves the file of a run as it was before its end then it is whole, and the log has the rest', async () => {
  const root = newFolder();
  const snapshot = join(root, 'runs', `${RUN_ID}.json`);
  const { names, open } = namedFiles();
  const unsynced = new Set<string>();
  const named: { isSynced: boolean; before: string }[] = [];
  const fs: FileSystem = {
    ...realFileSystem,
    open,
    write(file, bytes) {
      unsynced.add(names.get(file) ?? '');
      return realFileSystem.write(file, bytes);
    },
    sync(file) {
      unsynced.delete(names.get(file) ?? '');
      realFileSystem.sync(file);
    },
    rename(from, to) {
      if (to === snapshot) {
        const before = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : '';
        named.push({ isSynced: !unsynced.has(from), before });
      }
      realFileSystem.rename(from, to);
    },
  };
  await makeRun(storeIn(root, { fs }));
  const last = named.at(-1);
  expect(last).toMatchObject({ isSynced: true, before: expect.stringContaining(RUN_ID) });
  const ended = await storeIn(root).requireRun(RUN_ID);
  writeFileSync(snapshot, last?.before ?? '');
  expect(await storeIn(root).requireRun(RUN_ID)).toEqual({ ...ended, isBehind: true });
});

test('when plans are saved side by side then each name is durable, by one flush of their folder', async () => {
  const root = newFolder();
  const folder = join(root, 'plans');
  const { names, open } = namedFiles();
  const flushed: string[][] = [];
  const fs: FileSystem = {
    ...realFileSystem,
    open,
    sync(file) {
      if (names.get(file) === folder) flushed.push(realFileSystem.list(folder));
      realFileSystem.sync(file);
    },
  };
  const ids: PlanId[] = [PLAN_ID, 'plan-01890000-0000-7000-8000-0000000000aa'];
  const store = storeIn(root, { fs });
  await Promise.all(ids.map(async (id) => store.savePlan(planWith(id))));
  expect(flushed.map((found) => found.sort())).toEqual([ids.map((id) => `${id}.json`).sort()]);
});
