import { portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { isFinal, type Run } from '../domain/run/run.js';
import type { RunLog, Store } from '../storage/store.js';
import { withLog } from './open-run.js';
import { refusePart } from './stale-run.js';

/** Ends a run and the runs inside it. They cannot be resumed. `tell` gives what is recorded before the end. */
export async function cancelRun(
  store: Store,
  id: RunId,
  { reason, tell }: { reason: string; tell?: (run: Run) => Promise<EventBody[]> },
): Promise<Run> {
  const { run } = await store.requireRun(id);
  refuseUncancellable(run);
  const log = await store.openRun(id);
  return withLog(log, async () => {
    refuseEnded(log.run);
    // From the inside out: if this is interrupted, the outermost run can still be cancelled again.
    await cancelInside(store, log, `${reason}, with ${id}`);
    for (const event of (await tell?.(log.run)) ?? []) log.append(event);
    log.append({ type: 'run.cancelled', reason });
    await log.flush();
    await store.forgetSealed(id, [...(await store.readSealed(id)).keys()]);
    return log.run;
  });
}

/** Throws for a run that has ended (`run-final`) and for a part of another run. */
export function refuseUncancellable(run: Run): void {
  refusePart(run);
  refuseEnded(run);
}

function refuseEnded(run: Run): void {
  if (!isFinal(run)) return;
  throw new PortiaError('run-final', `${run.id} is ${run.state} already.`, {
    why: 'A run that has ended cannot be cancelled.',
    fix: portia('show', run.id),
    runId: run.id,
  });
}

async function cancelInside(store: Store, log: RunLog, reason: string): Promise<void> {
  for (const id of unfinishedInside(log.events)) {
    // A step records which run it will start before that run is there.
    const stored = await store.readRun(id);
    if (stored === undefined || isFinal(stored.run)) continue;
    const inner = await store.openRun(id);
    await withLog(inner, async () => {
      await cancelInside(store, inner, reason);
      inner.append({ type: 'run.cancelled', reason });
    });
  }
}

/** By the events, because the record of a failed run leaves out the steps behind the one that failed. */
function unfinishedInside(events: readonly RunEvent[]): Set<RunId> {
  const started = new Map<string, RunId>();
  for (const event of events) {
    if (event.type === 'step.started' && event.sub_run !== undefined) started.set(event.path, event.sub_run);
    if (event.type === 'step.completed' || event.type === 'step.skipped') started.delete(event.path);
  }
  return new Set(started.values());
}
