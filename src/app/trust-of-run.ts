import type { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import { isFinal } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Store } from '../storage/store.js';
import { loadSubPlans } from './plans/load-sub-plans.js';
import type { Services } from './services.js';
import { trustMissingForRun } from './trust/missing-trust.js';

/** Loads the tools of these plans. Gives what `trustMissingForRun` says of them. */
export async function trustMissingForPlans(plans: Plan[], services: Services): Promise<PortiaError | undefined> {
  return trustMissingForRun(plans, { ...services, tools: await services.toolsToRun(plans) });
}

/** The same for a run that continues. What else is wrong with it or its plan is said when it does. */
export async function trustMissingToResume(
  id: RunId,
  { services, store }: { services: Services; store: Store },
): Promise<PortiaError | undefined> {
  const run = (await store.readRun(id))?.run;
  const plan = run === undefined || isFinal(run) ? undefined : await store.readPlan(run.plan_id);
  if (plan === undefined) return undefined;
  return trustMissingForPlans([plan, ...(await loadSubPlans(plan, store)).values()], services);
}
