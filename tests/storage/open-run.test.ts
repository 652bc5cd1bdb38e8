import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import { OPEN, realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { eventsOfRun, makeRun, newFolder, now, RUN_ID, storeIn } from './examples.js';

const logOf = (root: string): string => join(root, 'runs', RUN_ID, 'events.ndjson');

/** The real file system, with `before` told of each file that is opened. */
function watched(before: (path: string, flags: number) => void): FileSystem {
  return {
    ...realFileSystem,
    open(path, flags, mode) {
      before(path, flags);
      return realFileSystem.open(path, flags, mode);
    },
  };
}

/** A reader that says what it was told, anew each time that the log is read. */
function listening() {
  const readings: number[][] = [];
  const reader = () => {
    const seqs: number[] = [];
    readings.push(seqs);
    return ({ seq }: { seq: number }) => void seqs.push(seq);
  };
  return { readings, reader };
}

describe('opening a run', () => {
  test('when nobody else writes then its log is read once', async () => {
    const root = newFolder();
    await makeRun(storeIn(root));
    let times = 0;
    const fs = watched((path, flags) => {
      if (path === logOf(root) && flags === OPEN.read) times += 1;
    });
    const { readings, reader } = listening();
    const log = await storeIn(root, { fs }).openRun(RUN_ID, { reader });
    expect(times).toBe(1);
    expect(readings).toEqual([[1, 2, 3, 4]]);
    await log.close();
  });

  test('when its owner wrote until the lock was free then it is read anew', async () => {
    const root = newFolder();
    await makeRun(storeIn(root), { events: eventsOfRun(1) });
    let isWritten = false;
    const fs = watched((path) => {
      if (isWritten || !path.includes('lock.')) return;
      isWritten = true;
      const last = readFileSync(logOf(root), 'utf8').trimEnd().split('\n').at(-1) ?? '';
      const event = { v: 1, seq: 5, ts: now().toISOString(), type: 'run.interrupted', signal: 'SIGINT' };
      appendFileSync(logOf(root), `${JSON.stringify({ ...event, run_id: RUN_ID, prev: digestText(last) })}\n`);
    });
    const { readings, reader } = listening();
    const log = await storeIn(root, { fs }).openRun(RUN_ID, { reader });
    expect(readings).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ]);
    expect(log.append({ type: 'run.resumed' }).seq).toBe(6);
    await log.close();
  });

  test('when a line is longer than what is read at a time then it is read whole', async () => {
    const root = newFolder();
    const message = 'ü'.repeat(300_000);
    await makeRun(storeIn(root), {
      events: [...eventsOfRun(1), { type: 'warning', message }, { type: 'run.resumed' }],
    });
    const events = await storeIn(root).readEvents(RUN_ID);
    expect(events.slice(-2)).toMatchObject([
      { type: 'warning', message },
      { seq: 6, type: 'run.resumed' },
    ]);
  });
});

test('when a list asks for a short run that is complete then its file is opened once, and nothing else', async () => {
  const root = newFolder();
  await makeRun(storeIn(root), { events: [...eventsOfRun(1), { type: 'run.completed', final_output: null }] });
  const opened: string[] = [];
  const fs = watched((path) => void opened.push(path));
  expect(await storeIn(root, { fs }).readRunBrief(RUN_ID)).toMatchObject({ id: RUN_ID, state: 'COMPLETE' });
  expect(opened).toEqual([join(root, 'runs', `${RUN_ID}.json`)]);
});
