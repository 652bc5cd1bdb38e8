import type { RunEvent } from '../../src/domain/run/events.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';

/** A store with the same run and plan, whose log somebody has changed by hand. */
export async function editedStore(
  store: Store,
  { run, plan, edit }: { run: Run; plan: Plan; edit: (event: RunEvent) => void },
): Promise<Store> {
  const edited = createMemoryStore({ now: () => new Date() });
  await edited.savePlan(plan);
  const log = await edited.createRun(run.id);
  for (const event of await store.readEvents(run.id)) {
    edit(event);
    const { v: _v, seq: _seq, ts: _ts, run_id: _run, prev: _prev, ...body } = event;
    log.append(body);
  }
  await log.close();
  return edited;
}
