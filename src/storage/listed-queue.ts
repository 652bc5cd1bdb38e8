import type { RunId } from '../domain/values/ids.js';
import { isFromDigest } from '../domain/values/ids.js';
import type { Run } from '../domain/run/run.js';
import { runnableFrom } from '../domain/run/runnable.js';
import type { QueueFilter, RunQueue } from './run-queue.js';
import type { RunBrief, Store } from './store.js';

/**
 * The queue of a store that can only list its runs. Nothing is taken: of two workers that want the same run, the lock of
 * the run lets one continue it.
 */
export function listedQueue(
  store: Store,
  { now, warn }: { now: () => Date; warn: (message: string) => Promise<void> },
): RunQueue {
  const told = new Set<RunId>();
  const readable = async (id: RunId): Promise<Run | undefined> => {
    const brief = await store.readRunBrief(id);
    if (!('unreadable' in brief)) return readWaiting(store, brief);
    if (!told.has(id)) await warn(`${id} cannot be continued: ${brief.unreadable}`);
    told.add(id);
    return undefined;
  };
  return {
    claim: (filter) => findNext({ store, readable }, filter, now().toISOString()),
    release: async () => undefined,
    listen: async () => async () => undefined,
  };
}

interface Listed {
  store: Store;
  /** A run that may be waiting for a worker. */
  readable(id: RunId): Promise<Run | undefined>;
}

async function findNext({ store, readable }: Listed, filter: QueueFilter, now: string): Promise<RunId | undefined> {
  let best: { run: Run; from: string } | undefined;
  const except = new Set(filter.except);
  for (const id of (await store.listRunIds()).toReversed()) {
    if (isFromDigest(id) || except.has(id)) continue;
    const run = await readable(id);
    const from = run === undefined ? null : runnableFrom(run);
    if (run === undefined || from === null || from > now || !isWanted(run, filter)) continue;
    if (best === undefined || isBefore({ run, from }, best)) best = { run, from };
  }
  return best?.run.id;
}

async function readWaiting(
  store: Store,
  { id, state, owner }: Exclude<RunBrief, { unreadable: string }>,
): Promise<Run | undefined> {
  if (owner !== undefined || state === 'COMPLETE' || state === 'FAILED' || state === 'NEED_CLARIFICATION')
    return undefined;
  return (await store.readRun(id))?.run;
}

function isWanted({ queue }: Run, { labels }: QueueFilter): boolean {
  return labels === undefined || queue?.labels.some((label) => labels.includes(label)) === true;
}

function isBefore(one: { run: Run; from: string }, other: { run: Run; from: string }): boolean {
  const [a, b] = [one.run.queue?.priority ?? 0, other.run.queue?.priority ?? 0];
  return a === b ? one.from < other.from : a > b;
}
