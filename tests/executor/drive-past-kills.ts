import { inject } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import type { Bench } from './bench.js';
import { dyingStore, Killed, type Kill } from './dying-processes.js';

export interface Drive {
  plan: Plan;
  /** What a process is made of. */
  makeBench(store: Store): Bench;
  /** What the person says who sees the run as it was left; undefined when nothing of it was saved. */
  answers(stopped: Run | undefined): Record<string, Json>;
  /** The clock of the store. Default: the real one. */
  now?: () => Date;
}

/**
 * Drives one run to its end through as many processes as it takes. The events of a kill are counted from the one before
 * it, over processes that end by themselves. `killed` is how many kills there were.
 */
export async function drivePastKills(
  kills: Kill[],
  { plan, makeBench, answers, now = () => new Date() }: Drive,
): Promise<{ run: Run; killed: number; store: Store }> {
  const store = createMemoryStore({ now });
  const left = kills.map((kill) => ({ ...kill }));
  let run: Run | undefined;
  for (let drive = 0; drive < 30; drive += 1) {
    const [next] = left;
    const bench = makeBench(dyingStore(store, next));
    const [id] = await store.listRunIds();
    const before = await eventsIn(store);
    try {
      run = id === undefined ? await bench.start(plan) : await bench.resume(id, answers(run));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      run = id === undefined ? undefined : ((await store.readRun(id))?.run ?? run);
      left.shift();
      continue;
    }
    if (run.state === 'COMPLETE' || run.state === 'FAILED') return { run, killed: kills.length - left.length, store };
    if (next !== undefined) next.event -= (await eventsIn(store)) - before;
  }
  throw new Error(
    `the run came to no end: ${JSON.stringify({ kills, state: run?.state, error: run?.error, open: run?.outputs.clarifications.filter((one) => !one.resolved) })}`,
  );
}

/**
 * Kills at each event of a run: before and after it in the slow tests, else one of both in turn. It begins with the second
 * event: a run whose first one was never written never was.
 */
export function killsAround(events: number): Kill[] {
  return Array.from({ length: events - 1 }, (_, index) => index + 2).flatMap((event): Kill[] => {
    const both: Kill[] = [
      { event, when: 'before' },
      { event, when: 'after' },
    ];
    return inject('onlyBinary') ? both : both.slice(event % 2).slice(0, 1);
  });
}

/** Of the run and of those that are parts of it. */
export async function eventsIn(store: Store): Promise<number> {
  const all = await Promise.all((await store.listRunIds()).map(async (id) => store.readEvents(id)));
  return all.reduce((sum, events) => sum + events.length, 0);
}
