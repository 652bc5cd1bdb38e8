import { afterEach, expect, test, vi } from 'vitest';

import { NOBODY } from '../../../src/server/web/context.js';
import { LiveStreams } from '../../../src/server/web/live-streams.js';
import type { WatchedRuns } from '../../../src/storage/run-watch.js';

afterEach(() => void vi.useRealTimers());

const WATCHED: WatchedRuns = { runs: [], lists: true };
const [SOON_MS, LONG_MS] = [1_000, 60_000];

/** A store in which something can be said to have changed. */
function watchedStore() {
  const watchers = new Set<() => void>();
  return {
    watchers,
    change: () => watchers.forEach((told) => told()),
    async watch(_watched: WatchedRuns, told: () => void) {
      watchers.add(told);
      return async () => void watchers.delete(told);
    },
  };
}

function readerOf(stream: ReadableStream<Uint8Array> | undefined) {
  const reader = stream?.getReader();
  if (reader === undefined) throw new Error('There is no stream.');
  return {
    /** The next word; undefined once it is over. */
    async next(): Promise<string | undefined> {
      const { value } = await reader.read();
      return value && new TextDecoder().decode(value).trim();
    },
    leave: () => reader.cancel(),
  };
}

test('when much changes then a page is told once, and once more for what came after', async () => {
  vi.useFakeTimers();
  const store = watchedStore();
  const streams = new LiveStreams(store);
  const page = readerOf(await streams.open({ watched: WATCHED, session: NOBODY, isHere: () => true }));
  expect(await page.next()).toBe('retry: 1000');
  for (let count = 0; count < 1_000; count += 1) store.change();
  expect(await page.next()).toBe('event: changed\ndata: 1');
  const later = page.next();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(await later).toBe('event: changed\ndata: 1');
  const alive = page.next();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  await vi.advanceTimersByTimeAsync(LONG_MS / 4);
  expect(await alive).toBe('event: alive\ndata: 1');
});

test('when a page does not read then one word waits for it, and it is let go', async () => {
  vi.useFakeTimers();
  const store = watchedStore();
  const streams = new LiveStreams(store);
  const page = readerOf(await streams.open({ watched: WATCHED, session: NOBODY, isHere: () => true }));
  for (let count = 0; count < 100; count += 1) {
    store.change();
    await vi.advanceTimersByTimeAsync(SOON_MS);
  }
  expect(store.watchers.size).toBe(0);
  expect([await page.next(), await page.next()]).toEqual(['retry: 1000', undefined]);
});

test('when the session ends, a page leaves or the server ends then nothing is watched for it', async () => {
  const store = watchedStore();
  const streams = new LiveStreams(store);
  let isHere = true;
  const open = async () =>
    readerOf(await streams.open({ watched: WATCHED, session: { ...NOBODY }, isHere: () => isHere }));
  const [leaving, ending, last] = [await open(), await open(), await open()];
  await leaving.leave();
  expect(store.watchers.size).toBe(2);
  await Promise.all([ending.next(), last.next()]);
  isHere = false;
  store.change();
  expect(await ending.next()).toBe('event: left\ndata: You are not signed in here any more.');
  expect([await ending.next(), store.watchers.size]).toEqual([undefined, 0]);
  isHere = true;
  const another = await open();
  await another.next();
  await streams.close();
  expect([await another.next(), store.watchers.size]).toEqual([undefined, 0]);
});

test('when too many pages are live then the oldest of a person gives way, and others are refused', async () => {
  const store = watchedStore();
  const streams = new LiveStreams(store);
  const session = { ...NOBODY };
  const own = [];
  for (let count = 0; count < 5; count += 1) {
    own.push(readerOf(await streams.open({ watched: WATCHED, session, isHere: () => true })));
  }
  const [first] = own;
  await first?.next();
  expect(await first?.next()).toBe('event: over\ndata: Newer pages of yours are live instead.');
  expect(store.watchers.size).toBe(4);
  const others = Array.from({ length: 600 }, async (_, index) =>
    streams.open({ watched: WATCHED, session: { ...NOBODY, csrf: `${index}` }, isHere: () => true }),
  );
  const opened = (await Promise.all(others)).filter((stream) => stream !== undefined);
  expect(opened).toHaveLength(496);
  await streams.close();
  expect(store.watchers.size).toBe(0);
});
