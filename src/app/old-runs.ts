import type { RunBrief, Store } from '../storage/store.js';

type ReadableBrief = Exclude<RunBrief, { unreadable: string }>;

/** Runs that have ended, and changed for the last time before `before` (ISO 8601, UTC). Nobody drives them. */
export async function* oldRuns(store: Store, before: string): AsyncGenerator<ReadableBrief> {
  for await (const run of store.listRuns({ limit: Number.POSITIVE_INFINITY })) {
    if ('unreadable' in run || run.owner !== undefined || run.updated_at >= before) continue;
    if (run.state === 'COMPLETE' || run.state === 'FAILED') yield run;
  }
}
