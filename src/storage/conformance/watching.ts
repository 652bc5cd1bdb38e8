import assert from 'node:assert/strict';

import type { EventBody } from '../../domain/run/events.js';
import type { QueueingStore } from '../run-queue.js';
import type { WatchedRuns } from '../run-watch.js';
import type { Promised } from './check.js';
import { drive, submit } from './queue-examples.js';

const STARTED: EventBody = { type: 'run.started' };

/** Who is told of what changes. */
export const WATCHING: readonly Promised<QueueingStore>[] = [
  {
    name: 'when something is recorded of a run then whoever watches the run is told, until it is enough',
    async check({ store, reopen }) {
      const id = await submit(store, 1);
      await whileWatching(reopen(), { runs: [id], lists: false }, async (told) => {
        const log = await drive(store, id, [STARTED]);
        await told();
        await log.close();
        await told();
      });
    },
  },
  {
    name: 'when a run begins or ends then whoever watches lists is told',
    async check({ store, reopen }) {
      await whileWatching(reopen(), { runs: [], lists: true }, async (told) => {
        const id = await submit(store, 1);
        await told();
        await (await drive(store, id, [STARTED, { type: 'run.completed', final_output: null }])).close();
        await told();
      });
    },
  },
];

/** `told` resolves when something was told since it resolved last. No call comes after the end. */
async function whileWatching(
  store: QueueingStore,
  watched: WatchedRuns,
  work: (told: () => Promise<void>) => Promise<void>,
): Promise<void> {
  let calls = 0;
  let called: () => void = () => undefined;
  let isOver = false;
  const stop = await store.watch(watched, () => {
    assert.ok(!isOver, 'nobody is told any more');
    calls += 1;
    called();
  });
  try {
    await work(async () => {
      if (calls === 0) await new Promise<void>((resolve) => (called = resolve));
      calls = 0;
    });
  } finally {
    await stop();
    isOver = true;
  }
}
