import type { Plan } from '../../domain/plan/plan.js';
import { differInSubstance, diffPlans } from '../../domain/plan/plan-diff.js';
import { planDiffView } from '../../ui/plan-diff-view.js';
import { makeRefinedPlan, type Wanted } from './make-plan.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import type { PlanOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/**
 * Has the model change a plan as a hint says, shows what differs, and keeps the result. Undefined when nothing but the
 * request would differ: then nothing is kept.
 */
export async function refinePlan(
  session: Session<PlanOptions>,
  found: FoundPlan,
  wanted: Wanted,
): Promise<Plan | undefined> {
  const { plan: refined, exchanges } = await makeRefinedPlan(session, found.plan, wanted);
  if (!differInSubstance(found.plan, refined)) {
    await session.note(`The model changed nothing: ${found.name} stays as it is.\n`);
    return undefined;
  }
  const old = await found.keep();
  const plan: Plan = { ...refined, derived_from: old.id };
  await showDifference(session, { plan: old, name: found.name }, plan);
  await session.services.store.savePlan(plan, exchanges);
  return plan;
}

/** Shows on standard error how a changed plan differs. */
export async function showDifference(
  session: Session,
  before: { plan: Plan; name: string },
  plan: Plan,
): Promise<void> {
  const changes = diffPlans(before.plan, plan);
  const view = planDiffView({ before, after: { plan, name: plan.id }, changes }, session.look);
  await session.note(`${view}\n`);
}
