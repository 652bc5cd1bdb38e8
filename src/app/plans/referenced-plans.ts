import { PortiaError } from '../../domain/errors.js';
import { isPlanId } from '../../domain/values/ids.js';
import { plansOfSteps } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Store } from '../../storage/store.js';

/**
 * The stored plans that a plan runs, and those that they run, by id. One that is not there is left out; so is one that
 * cannot be read, and `onBroken` is called.
 */
export async function loadReferencedPlans(
  plan: Plan,
  store: Pick<Store, 'readPlan'>,
  onBroken: (error: PortiaError) => void,
): Promise<Map<string, Plan>> {
  const plans = new Map<string, Plan>();
  const seen = new Set<string>();
  const pending = plansOfSteps(plan.steps);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id) || !isPlanId(id)) continue;
    seen.add(id);
    try {
      const found = id === plan.id ? plan : await store.readPlan(id);
      if (found === undefined) continue;
      plans.set(id, found);
      pending.push(...plansOfSteps(found.steps));
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      onBroken(error);
    }
  }
  return plans;
}
