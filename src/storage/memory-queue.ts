import type { QueuePause, Refusal } from '../domain/run/queue.js';
import type { Now, RunId } from '../domain/values/ids.js';
import { listedQueue, type ListedRuns } from './listed-queue.js';
import type { RunQueue } from './run-queue.js';
import type { Store } from './store.js';

/** The queue of a store whose runs only this process has. */
export function memoryQueue(store: Store, taking: Pick<ListedRuns, 'take' | 'giveBack'>, now: Now): RunQueue {
  let pauses: readonly QueuePause[] = [];
  const refusals = new Map<RunId, readonly Refusal[]>();
  let last: Promise<unknown> = Promise.resolve();
  const runs: ListedRuns = {
    ...taking,
    listRunIds: () => store.listRunIds(),
    readRunBrief: (id) => store.readRunBrief(id),
    readRun: (id) => store.readRun(id),
    hasSignal: (awaited) => store.hasSignal(awaited),
    alone(work) {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    },
    refusals: (id) => refusals.get(id) ?? [],
    keepRefusals: (id, kept) => void refusals.set(id, kept),
    pauses: () => [...pauses],
    keepPauses(kept) {
      pauses = kept;
    },
  };
  return listedQueue(runs, now);
}
