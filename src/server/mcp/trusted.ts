import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import type { Services } from '../../app/services.js';
import { trustMissingForRun } from '../../app/trust/missing-trust.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isFinal } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';

/** Loads the tools of these plans. Rejects with `project-untrusted` when the user does not trust what they need. */
export async function requireTools(plans: Plan[], services: Services): Promise<void> {
  const missing = trustMissingForRun(plans, { ...services, tools: await services.toolsToRun(plans) });
  if (missing !== undefined) throw missing;
}

/** The same for a run that continues. What else is wrong with it is said when it does. */
export async function requireToolsOfRun(id: RunId, services: Services): Promise<void> {
  const { store } = services;
  const run = (await store.readRun(id))?.run;
  const plan = run === undefined || isFinal(run) ? undefined : await store.readPlan(run.plan_id);
  if (plan !== undefined) await requireTools([plan, ...(await loadSubPlans(plan, store)).values()], services);
}
