import type { NewId } from '../domain/ids.js';
import { planDigest } from '../domain/plan-digest.js';
import type { Plan } from '../domain/plan.js';
import type { Store } from '../storage/store.js';

/**
 * A plan that came from outside is what runs, so it is kept as it is. Its id may already stand for another content:
 * then it is kept under a new one, because plans never change. Gives the plan as it is kept.
 */
export async function keepPlan(plan: Plan, { store, newId }: { store: Store; newId: NewId }): Promise<Plan> {
  const stored = await store.readPlan(plan.id);
  if (stored !== undefined && planDigest(stored) === planDigest(plan)) return stored;
  const kept = stored === undefined ? plan : { ...plan, id: newId('plan'), derived_from: plan.id };
  await store.savePlan(kept);
  return kept;
}
