import type { EventOf } from '../domain/run/events.js';
import { HOOKS_ID } from '../domain/run/hooks-id.js';
import type { Person } from '../domain/run/person.js';
import { isFinal } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import type { Store } from '../storage/store.js';
import { acceptedChanges, type ChangesOptions } from './changed-tools.js';
import { withLog } from './open-run.js';
import { prepareTools } from './prepare-tools.js';
import { planOf, readFree, refuseChangedPlans } from './stale-run.js';

export interface AcceptOptions {
  store: Store;
  services: ChangesOptions['services'];
  readSubPlans(plan: Plan): Promise<SubPlans>;
  /** Who accepts it. */
  by: Person;
}

/**
 * Records, without running, that a run continues with a tool as it is now. False when the rest of the run does not need
 * the tool, or when the tool is as the run knows it. Rejects with `run-locked` for a run that is driven, and with `stale`
 * when another tool is gone or a stub.
 */
export async function acceptChangedTool(
  { id, toolId }: { id: RunId; toolId: string },
  { store, services, readSubPlans, by }: AcceptOptions,
): Promise<boolean> {
  const { run } = await readFree(store, id);
  if (isFinal(run)) return false;
  const plan = await planOf(store, run);
  const subPlans = await readSubPlans(plan);
  const called = toolsOfSteps([plan, ...subPlans.values()].flatMap(({ steps }) => steps));
  if (toolId !== HOOKS_ID && !called.includes(toolId)) return false;
  await prepareTools({ plan, subPlans }, services.tools);
  const log = await store.openRun(id);
  return withLog(log, async () => {
    const isFromHere = log.events.some((event): event is EventOf<'run.created'> => event.type === 'run.created');
    if (!isFromHere) return false;
    const opened = { plan, subPlans, log };
    refuseChangedPlans(opened);
    // Other tools that have changed are asked about when the run continues.
    const changes = await acceptedChanges(opened, {
      services,
      acceptChanged: [toolId],
      confirmChanges: async () => true,
    });
    const change = changes.find(({ tool_id: changed }) => changed === toolId);
    if (change === undefined) return false;
    log.append({ ...change, by });
    await log.flush();
    return true;
  });
}
