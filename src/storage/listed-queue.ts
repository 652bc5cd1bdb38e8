import type { RunId } from '../domain/values/ids.js';
import { isFromDigest } from '../domain/values/ids.js';
import type { Run } from '../domain/run/run.js';
import { runnableFrom } from '../domain/run/runnable.js';
import type { QueueFilter, RunQueue } from './run-queue.js';
import type { Store } from './store.js';

/**
 * The queue of a store that can only list its runs. Nothing is taken: of two workers that want the same run, the lock of
 * the run lets one continue it.
 */
export function listedQueue(store: Store, now: () => Date): RunQueue {
  return {
    claim: (filter) => findNext(store, filter, now().toISOString()),
    release: async () => undefined,
    listen: async () => async () => undefined,
  };
}

async function findNext(store: Store, filter: QueueFilter, now: string): Promise<RunId | undefined> {
  let best: { run: Run; from: string } | undefined;
  const except = new Set(filter.except);
  for (const id of (await store.listRunIds()).toReversed()) {
    if (isFromDigest(id) || except.has(id)) continue;
    const run = await readWaiting(store, id);
    const from = run === undefined ? null : runnableFrom(run);
    if (run === undefined || from === null || from > now || !isWanted(run, filter)) continue;
    if (best === undefined || isBefore({ run, from }, best)) best = { run, from };
  }
  return best?.run.id;
}

/** A run that may be waiting for a worker; one that cannot be read waits for a person. */
async function readWaiting(store: Store, id: RunId): Promise<Run | undefined> {
  const brief = await store.readRunBrief(id);
  if ('unreadable' in brief || brief.owner !== undefined) return undefined;
  if (brief.state === 'COMPLETE' || brief.state === 'FAILED' || brief.state === 'NEED_CLARIFICATION') return undefined;
  return (await store.readRun(id))?.run;
}

function isWanted({ queue }: Run, { labels }: QueueFilter): boolean {
  return labels === undefined || queue?.labels.some((label) => labels.includes(label)) === true;
}

function isBefore(one: { run: Run; from: string }, other: { run: Run; from: string }): boolean {
  const [a, b] = [one.run.queue?.priority ?? 0, other.run.queue?.priority ?? 0];
  return a === b ? one.from < other.from : a > b;
}
