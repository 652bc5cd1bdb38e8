import { completePlan } from '../domain/complete-plan.js';
import type { NewId } from '../domain/ids.js';
import { planDigest } from '../domain/plan-digest.js';
import type { Plan } from '../domain/plan.js';
import type { Store } from '../storage/store.js';

/**
 * A plan that came from outside is what runs, so it is kept as it is, with the seed's keys that its steps may lack. Its
 * id may already stand for another content: then it is kept under a new one, because plans never change. Gives the
 * plan as it is kept. Its expressions must be well-formed.
 */
export async function keepPlan(given: Plan, { store, newId }: { store: Store; newId: NewId }): Promise<Plan> {
  const plan = completePlan(given);
  const stored = await store.readPlan(plan.id);
  if (stored !== undefined && [given, plan].some((same) => planDigest(same) === planDigest(stored))) return stored;
  const kept = stored === undefined ? plan : { ...plan, id: newId('plan'), derived_from: plan.id };
  await store.savePlan(kept);
  return kept;
}
