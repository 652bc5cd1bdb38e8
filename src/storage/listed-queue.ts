import {
  heldBack,
  isDue,
  limitsAnything,
  queuedOf,
  type DrivenRun,
  type QueuedRun,
  type QueuePause,
  type Refusal,
} from '../domain/run/queue.js';
import type { Run } from '../domain/run/run.js';
import { isFromDigest, type RunId } from '../domain/values/ids.js';
import type { ListedRun, QueueFilter, RunQueue, TellUnreadable } from './run-queue.js';
import type { Store } from './store.js';

/** What a queue needs of a store that can only list its runs. */
export interface ListedRuns extends Pick<Store, 'listRunIds' | 'readRunBrief' | 'readRun' | 'hasSignal'> {
  /** Makes this process the driver of the run; false when another one is. */
  take(id: RunId): boolean;
  /** Gives free what was taken and not opened. */
  giveBack(id: RunId): void;
  /** Of all processes one works at a time. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
  pauses(): QueuePause[];
  keepPauses(pauses: readonly QueuePause[]): void;
  /** Every refusal that is kept of the run. */
  refusals(id: RunId): readonly Refusal[];
  keepRefusals(id: RunId, refusals: readonly Refusal[]): void;
}

/** The queue of a store that can only list its runs. */
export function listedQueue(runs: ListedRuns, now: () => Date): RunQueue {
  const readAll = async (tell: TellUnreadable) => ({ ...(await readRuns(runs, tell)), pauses: runs.pauses() });
  const claimNext = async (filter: QueueFilter, tell: TellUnreadable): Promise<RunId | undefined> => {
    const except = new Set(filter.except);
    for (;;) {
      const id = nextOf(await readAll(tell), { ...filter, except, now: now().toISOString() });
      if (id === undefined || runs.take(id)) return id;
      except.add(id);
    }
  };
  return {
    async claim(filter, tell) {
      if (!limitsAnything(filter.limits)) return claimNext(filter, tell);
      // While there is nothing to take, nothing is written.
      const next = nextOf(await readAll(tell), { ...filter, except: new Set(filter.except), now: now().toISOString() });
      return next === undefined ? undefined : runs.alone(() => claimNext(filter, tell));
    },
    release: async (id) => runs.giveBack(id),
    listen: async () => async () => undefined,
    async *list(limit, tell) {
      const { queued } = await readRuns(runs, tell);
      const isFree = ({ owner }: ListedRun) => Number(owner === undefined);
      queued.sort((a, b) => isFree(a) - isFree(b) || compareTurns(a, b));
      yield* queued.slice(0, limit);
    },
    async state(tell) {
      const { driven, pauses } = await readAll(tell);
      return { driven, pauses };
    },
    refuse: (id, refusal) =>
      runs.alone(async () => {
        const others = runs.refusals(id).filter(({ seq, tools }) => seq === refusal.seq && tools !== refusal.tools);
        runs.keepRefusals(id, [...others, refusal]);
      }),
    pause: (pause) =>
      runs.alone(async () => {
        const before = runs.pauses();
        if (!before.some(({ label }) => label === pause.label)) runs.keepPauses([...before, pause]);
      }),
    unpause: (label) =>
      runs.alone(async () => {
        const [before, after] = [runs.pauses(), runs.pauses().filter((pause) => pause.label !== label)];
        runs.keepPauses(after);
        return after.length < before.length;
      }),
  };
}

interface ReadRuns {
  /** Those that were left to workers and have not ended, the oldest first. */
  queued: ListedRun[];
  /** Every one that is driven now. */
  driven: DrivenRun[];
}

async function readRuns(runs: ListedRuns, tell: TellUnreadable): Promise<ReadRuns> {
  const found: ReadRuns = { queued: [], driven: [] };
  for (const id of (await runs.listRunIds()).toReversed()) {
    if (isFromDigest(id)) continue;
    const brief = await runs.readRunBrief(id);
    if ('unreadable' in brief) {
      await tell(id, brief.unreadable);
      continue;
    }
    const { state, owner } = brief;
    if (owner === undefined && (state === 'COMPLETE' || state === 'FAILED')) continue;
    const run = (await runs.readRun(id))?.run;
    if (run === undefined) continue;
    const { plan_id, end_user_id, queue } = run;
    if (owner !== undefined) found.driven.push({ plan_id, end_user_id, labels: queue?.labels ?? [] });
    const queued = queuedOf(run);
    if (queued === undefined) continue;
    const refusals = runs.refusals(id).filter(({ seq }) => seq === run.metadata.last_seq);
    found.queued.push({ ...queued, ...(await wakeBySignal(run, runs)), refusals, owner });
  }
  return found;
}

/** A run whose event was told may continue at once. */
async function wakeBySignal(run: Run, runs: ListedRuns): Promise<Pick<QueuedRun, 'wake_at'> | undefined> {
  const awaited = run.pause?.waits_for;
  if (awaited === undefined || !(await runs.hasSignal(awaited))) return undefined;
  return { wake_at: run.metadata.updated_at };
}

function nextOf(
  { queued, ...standing }: ReadRuns & { pauses: QueuePause[] },
  {
    labels,
    except,
    exceptPlans,
    limits,
    tools,
    now,
  }: Omit<QueueFilter, 'except'> & { except: ReadonlySet<RunId>; now: string },
): RunId | undefined {
  return queued
    .filter((run) => run.owner === undefined && !except.has(run.id) && isDue(run, now))
    .filter((run) => labels === undefined || run.labels.some((label) => labels.includes(label)))
    .filter(({ plan_id: plan }) => exceptPlans?.includes(plan) !== true)
    .filter(({ refusals }) => !refusals.some((refusal) => refusal.tools === tools))
    .filter((run) => heldBack(run, { limits, ...standing }) === undefined)
    .toSorted(compareTurns)
    .at(0)?.id;
}

/** Negative when a worker takes `a` before `b`. */
function compareTurns(a: QueuedRun, b: QueuedRun): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  // What waits for a person comes after every time.
  const [from, other] = [a.wake_at ?? '~', b.wake_at ?? '~'];
  return from === other ? 0 : from < other ? -1 : 1;
}
