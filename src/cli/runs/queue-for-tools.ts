import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { PortiaError } from '../../domain/errors.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import type { PlanId, RunId } from '../../domain/values/ids.js';
import type { WorkQueue } from '../../storage/run-queue.js';
import type { Store } from '../../storage/store.js';
import { matchToolIds } from '../../tools/tool-globs.js';

/** The runs of a queue whose plans, with the plans inside them, call no tools but those that a glob names. */
export async function queueForTools(store: Store, queue: WorkQueue, globs: readonly string[]): Promise<WorkQueue> {
  const matchers = await Promise.all(globs.map(matchToolIds));
  const isNamed = (tool: string) => matchers.some((matches) => matches(tool));
  const others = new Set<PlanId>();
  return {
    async claim(filter, tell) {
      for (;;) {
        const id = await queue.claim({ ...filter, exceptPlans: [...others] }, tell);
        if (id === undefined) return undefined;
        const called = await toolsOfRun(store, id);
        if (called.tools.every(isNamed)) return id;
        others.add(called.plan);
        await queue.release(id);
      }
    },
    release: (id) => queue.release(id),
    listen: (wake) => queue.listen(wake),
  };
}

/** No tools where the plan cannot be read: what is wrong with it is said when the run is continued. */
async function toolsOfRun(store: Store, id: RunId): Promise<{ plan: PlanId; tools: string[] }> {
  const { plan_id: planId } = (await store.requireRun(id)).run;
  try {
    const plan = await store.readPlan(planId);
    const plans = plan === undefined ? [] : [plan, ...(await loadSubPlans(plan, store)).values()];
    return { plan: planId, tools: toolsOfSteps(plans.flatMap(({ steps }) => steps)) };
  } catch (error) {
    if (error instanceof PortiaError) return { plan: planId, tools: [] };
    throw error;
  }
}
