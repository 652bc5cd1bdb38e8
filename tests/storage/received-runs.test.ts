import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Store } from '../../src/storage/store.js';
import { copyRun, eventsOfRun, newFolder, now, RUN_ID, storeIn } from './examples.js';
import { isChange, watchedFileSystem } from './faulty-file-system.js';
import { describeTaking, elsewhere, expectTaken, expectWholeOrAbsent, quickStoreIn, VALUES } from './taking-runs.js';

/** What a process does before it is killed: the work gets its number. */
async function inKilledProcess<Result>(work: (pid: number) => Promise<Result>): Promise<Result> {
  const child = spawn('sleep', ['1000']);
  const gone = once(child, 'exit');
  try {
    await once(child, 'spawn');
    return await work(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

/** Whether it was killed before it was done: at the change of this number, from 1. */
async function copyUntil(at: number, from: Store, root: string, values: Json[] = []): Promise<boolean> {
  let changes = 0;
  const fs = watchedFileSystem((operation) => {
    if (isChange(operation)) changes += 1;
    if (changes >= at) throw new Error('killed');
  });
  return inKilledProcess(async (pid) =>
    copyRun(from, storeIn(root, { fs, pid }), values).then(
      () => false,
      (error: Error) => error.message === 'killed',
    ),
  );
}

describe('a run that comes from elsewhere', () => {
  test('when the process is killed before any change then it is there whole or not at all, and can be taken again', async () => {
    for (let at = 1; ; at += 1) {
      const root = newFolder();
      const killed = await copyUntil(at, await elsewhere(1), root, VALUES);
      await expectWholeOrAbsent(root, { at });
      await expectTaken(root, { at });
      if (!killed) break;
    }
  });

  describeTaking(['ENOSPC']);

  test('when it is longer than the one here and the process is killed then one of both is there', async () => {
    for (let at = 1; ; at += 1) {
      const root = newFolder();
      const other = createMemoryStore({ now });
      const log = await other.createRun(RUN_ID);
      for (const event of eventsOfRun(1)) log.append(event);
      await log.flush();
      await copyRun(other, quickStoreIn(root));
      log.append({ type: 'run.completed', final_output: null });
      await log.close();
      const killed = await copyUntil(at, other, root);
      const events = await quickStoreIn(root).readEvents(RUN_ID);
      expect(events.length).toBeOneOf([4, 5]);
      expect((await quickStoreIn(root).readRun(RUN_ID))?.run.metadata.last_seq).toBe(events.length);
      await copyRun(other, quickStoreIn(root));
      expect(await quickStoreIn(root).readEvents(RUN_ID)).toHaveLength(5);
      if (!killed) break;
    }
  });

  test('when it is given up then nothing of it stays', async () => {
    const root = newFolder();
    const receiver = storeIn(root).receiveRuns();
    for await (const line of (await elsewhere(1)).readLines(RUN_ID)) receiver.addLine(line, 'the file');
    await receiver.check();
    await receiver.close();
    expect(readdirSync(join(root, 'runs'))).toEqual(['.portia-changes']);
  });

  test('when nothing was given then no folder is made', async () => {
    const root = newFolder();
    await storeIn(root).receiveRuns().close();
    expect(existsSync(join(root, 'runs'))).toBe(false);
  });

  test('when the one here has a torn end then that is replaced', async () => {
    const root = newFolder();
    await copyRun(await elsewhere(1), quickStoreIn(root), VALUES);
    const log = join(root, 'runs', RUN_ID, 'events.ndjson');
    const text = readFileSync(log, 'utf8');
    const lines = text.trimEnd().split('\n');
    writeFileSync(log, `${lines.slice(0, 4).join('\n')}\n${lines[4]?.slice(0, 20)}`);
    // What the snapshot has must not be lost, so it goes, too.
    writeFileSync(join(root, 'runs', `${RUN_ID}.json`), '');
    expect(await copyRun(await elsewhere(1), quickStoreIn(root), VALUES)).toMatchObject([{ standing: 'ahead' }]);
    expect(readFileSync(log, 'utf8')).toBe(text);
  });
});
