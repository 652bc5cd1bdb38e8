import type { Plan } from '../domain/plan/plan.js';
import type { ReportedPlan } from '../domain/reported.js';
import type { Store } from '../storage/store.js';
import { checkHere } from './check-here.js';
import { loadReferencedPlans } from './plans/referenced-plans.js';
import type { Services } from './services.js';
import { effectsOf } from './tool-effects.js';

/** What a report tells of a plan, with the tools and plans that are here. */
export async function reportPlan(plan: Plan, services: Services, store: Store): Promise<ReportedPlan> {
  // Check says which plans are missing.
  const plans = await loadReferencedPlans(plan, store, () => undefined);
  const effects = effectsOf(await services.toolsToCheck([plan, ...plans.values()]));
  return {
    ...{ plan, plans },
    problems: await checkHere(plan, services, store),
    isReading: (id) => effects.get(id) === 'read',
  };
}
