import type { RunId } from '../domain/values/ids.js';
import type { AwaitedEvent } from '../domain/run/signals.js';
import type { Store } from './store.js';

/** Runs that wait for the event, the newest first, of a store that has nothing faster. */
export async function runsWaitingFor(
  { event, key }: AwaitedEvent,
  store: Pick<Store, 'listRuns' | 'readRun'>,
): Promise<RunId[]> {
  const waiting: RunId[] = [];
  for await (const brief of store.listRuns({ state: 'IN_PROGRESS', limit: Infinity })) {
    const run = (await store.readRun(brief.id))?.run;
    const awaited = run?.pause?.waits_for;
    if (awaited?.event === event && awaited.key === key) waiting.push(brief.id);
  }
  return waiting;
}
