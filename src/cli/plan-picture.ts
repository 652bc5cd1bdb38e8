import type { Plan } from '../domain/plan.js';
import { plansOfSteps } from '../domain/plan-steps.js';
import type { PlanViewOptions } from '../ui/plan-view.js';
import type { Session } from './session.js';
import { effectsOfTools } from './tool-effects.js';

/** What the picture of a plan shows beside the plan: what its tools do, and the stored plans inside it. */
export async function pictureParts(session: Session, plan: Plan): Promise<PlanViewOptions> {
  return { effects: await effectsOfTools(session), plans: await plansInside(session, plan) };
}

/** The stored plans that a plan runs, by id. A person is told of those that cannot be read. */
export async function plansInside(session: Session, plan: Plan): Promise<ReadonlyMap<string, Plan>> {
  if (plansOfSteps(plan.steps).length === 0) return new Map();
  const { loadReferencedPlans } = await import('../library/referenced-plans.js');
  const broken: string[] = [];
  const plans = await loadReferencedPlans(plan, session.services.store, ({ message, details }) => {
    broken.push([message, details.why].filter(Boolean).join(' '));
  });
  for (const warning of broken) await session.warn(warning);
  return plans;
}
