import { queuedOf, type QueuedRun } from '../domain/run/queue.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import { isFromDigest } from '../domain/values/ids.js';
import type { ListedRun, QueueFilter, RunQueue, TellUnreadable } from './run-queue.js';
import type { Store } from './store.js';

/**
 * The queue of a store that can only list its runs. Nothing is taken: of two workers that want the same run, the lock of
 * the run lets one continue it.
 */
export function listedQueue(store: Store, now: () => Date): RunQueue {
  return {
    claim: (filter, tell) => findNext(runsIn(store, tell), filter, now().toISOString()),
    release: async () => undefined,
    listen: async () => async () => undefined,
    list: (limit, tell) => listInOrder(runsIn(store, tell), limit),
  };
}

/** The runs that were left to workers and have not ended. */
async function* runsIn(store: Store, tell: TellUnreadable): AsyncGenerator<ListedRun> {
  for (const id of (await store.listRunIds()).toReversed()) {
    if (isFromDigest(id)) continue;
    const brief = await store.readRunBrief(id);
    if ('unreadable' in brief) await tell(id, brief.unreadable);
    else if (brief.state !== 'COMPLETE' && brief.state !== 'FAILED') {
      const run = (await store.readRun(id))?.run;
      const queued = run && queuedOf(run);
      if (queued !== undefined) yield { ...queued, ...(await wakeBySignal(run, store)), owner: brief.owner };
    }
  }
}

/** A run whose event was told may continue at once. */
async function wakeBySignal(run: Run | undefined, store: Store): Promise<Pick<QueuedRun, 'wake_at'> | undefined> {
  const awaited = run?.pause?.waits_for;
  if (run === undefined || awaited === undefined || !(await store.hasSignal(awaited))) return undefined;
  return { wake_at: run.metadata.updated_at };
}

async function findNext(
  runs: AsyncIterable<ListedRun>,
  { labels, except }: QueueFilter,
  now: string,
): Promise<RunId | undefined> {
  const left = new Set(except);
  let best: ListedRun | undefined;
  for await (const run of runs) {
    if (run.owner !== undefined || left.has(run.id) || run.wake_at === null || run.wake_at > now) continue;
    if (labels !== undefined && !run.labels.some((label) => labels.includes(label))) continue;
    if (best === undefined || compareTurns(run, best) < 0) best = run;
  }
  return best?.id;
}

async function* listInOrder(runs: AsyncIterable<ListedRun>, limit: number): AsyncGenerator<ListedRun> {
  const all: ListedRun[] = [];
  for await (const run of runs) all.push(run);
  const isFree = ({ owner }: ListedRun) => Number(owner === undefined);
  all.sort((a, b) => isFree(a) - isFree(b) || compareTurns(a, b));
  yield* all.slice(0, limit);
}

/** Negative when a worker takes `a` before `b`. */
function compareTurns(a: QueuedRun, b: QueuedRun): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  // What waits for a person comes after every time.
  const [from, other] = [a.wake_at ?? '~', b.wake_at ?? '~'];
  return from === other ? 0 : from < other ? -1 : 1;
}
