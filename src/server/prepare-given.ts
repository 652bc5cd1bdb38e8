import { prepareRun, type FoundPlan, type PreparedRun } from '../app/prepare-run.js';
import type { Services } from '../app/services.js';
import { trustMissingForPlans } from '../app/trust-of-run.js';
import type { Plan } from '../domain/plan/plan.js';
import { requireTrust } from './require-trust.js';

/** Rejects when the plan cannot be run here, for whatever reason. */
export async function prepareGiven(
  found: FoundPlan,
  { services, endUser }: { services: Services; endUser: string | undefined },
): Promise<PreparedRun> {
  const review = async (plans: Plan[]) => requireTrust(await trustMissingForPlans(plans, services));
  return prepareRun(found, services, { endUser, review });
}
