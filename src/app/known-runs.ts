import type { Plan } from '../domain/plan/plan.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Store, StoredRun } from '../storage/store.js';

/** Steps and events of the runs that are kept, and steps of the plans: those looked at last, at least one. */
const MOST = 25_000;

interface KnownRun {
  stored: StoredRun;
  /** As the store told it before the run was read. */
  changes: string | undefined;
}

/** Runs and plans of a store, for those who look at them again and again: they are read again once they may be different. */
export class KnownRuns {
  readonly #store: Store;
  readonly #runs = new Map<RunId, KnownRun>();
  readonly #plans = new Map<PlanId, Plan>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Rejects with `not-found` when there is no such run. */
  async run(id: RunId): Promise<StoredRun> {
    const changes = await this.#store.runChanges();
    const known = this.#runs.get(id);
    const stored = known !== undefined && (await this.#isCurrent(known, changes)) ? known.stored : undefined;
    this.#runs.delete(id);
    const read = stored ?? (await this.#store.requireRun(id));
    // Nothing tells when a run is different that somebody drives, or that has no log.
    if (read.owner === undefined && read.hasLog) this.#runs.set(id, { stored: read, changes });
    forgetFirst(this.#runs, ({ stored: { run } }) => run.metadata.last_seq);
    return read;
  }

  /** Plans never change. */
  async plan(id: PlanId): Promise<Plan | undefined> {
    const plan = this.#plans.get(id) ?? (await this.#store.readPlan(id));
    this.#plans.delete(id);
    if (plan !== undefined) this.#plans.set(id, plan);
    forgetFirst(this.#plans, ({ steps }) => steps.length);
    return plan;
  }

  async #isCurrent({ stored: { run }, changes }: KnownRun, now: string | undefined): Promise<boolean> {
    if (changes !== undefined && changes === now) return true;
    // To look whether another run has changed takes as long as to read it.
    if (changes !== undefined && run.state !== 'COMPLETE') return false;
    const brief = await this.#store.readRunBrief(run.id);
    const { last_seq: seq, updated_at: at } = run.metadata;
    return !('unreadable' in brief) && brief.owner === undefined && brief.last_seq === seq && brief.updated_at === at;
  }
}

/** Forgets those looked at longest ago, until the others are few. */
function forgetFirst<Key, Kept>(all: Map<Key, Kept>, sizeOf: (kept: Kept) => number): void {
  let size = 0;
  for (const [key, kept] of [...all].toReversed()) {
    const isFirst = size === 0;
    size += sizeOf(kept) + 1;
    if (!isFirst && size > MOST) all.delete(key);
  }
}
