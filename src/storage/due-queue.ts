import { openClarifications } from '../domain/run/clarification.js';
import { isAwaiting, type Run } from '../domain/run/run.js';
import { firstExpiry } from '../domain/run/who-may-answer.js';
import type { RunId } from '../domain/values/ids.js';
import type { WorkQueue } from './run-queue.js';
import type { Store } from './store.js';

/** The runs that wait for a time that has come, also for answers until then, or for an event that was told: each once. */
export function dueQueue(store: Store): WorkQueue {
  const due = dueRuns(store);
  return {
    async claim() {
      const next = await due.next();
      return next.done === true ? undefined : next.value;
    },
    release: async () => undefined,
    listen: async () => async () => undefined,
  };
}

async function* dueRuns(store: Store): AsyncGenerator<RunId, undefined> {
  const now = (await store.clock()).toISOString();
  for (const state of ['IN_PROGRESS', 'NEED_CLARIFICATION'] as const) {
    for await (const brief of store.listRuns({ state, limit: Infinity })) {
      if ('unreadable' in brief || brief.owner !== undefined) continue;
      const run = (await store.readRun(brief.id))?.run;
      if (run !== undefined && (await isDue(run, now, store))) yield brief.id;
    }
  }
  return undefined;
}

async function isDue(run: Run, now: string, store: Store): Promise<boolean> {
  if (run.state === 'NEED_CLARIFICATION') return (firstExpiry(openClarifications(run)) ?? now) < now;
  if (!isAwaiting(run)) return false;
  const { wake_at: wakeAt, waits_for: event } = run.pause ?? {};
  return (wakeAt !== undefined && wakeAt <= now) || (event !== undefined && (await store.hasSignal(event)));
}
