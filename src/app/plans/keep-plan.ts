import { completePlan } from '../../domain/plan/complete-plan.js';
import { idFromDigest, type NewId, type Now } from '../../domain/values/ids.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Store } from '../../storage/store.js';

/**
 * A plan from outside is kept as it is, with the keys of the Python SDK that its steps may lack. When its id already
 * has different content it gets a new id, because plans never change; the same content always gets the same new id.
 * Gives the plan as it is kept. Its expressions must be well-formed.
 */
export async function keepPlan(given: Plan, services: { store: Store; newId: NewId; now: Now }): Promise<Plan> {
  const { store, newId, now } = services;
  const plan = completePlan(given);
  const isSame = (other: Plan) => [plan, given].some((one) => planDigest(one) === planDigest(other));
  const stored = await store.readPlan(plan.id);
  if (stored !== undefined && isSame(stored)) return stored;
  if (stored === undefined) {
    await store.savePlan(plan);
    return plan;
  }
  const shared = idFromDigest('plan', planDigest(plan));
  const before = await store.readPlan(shared);
  if (before !== undefined && isSame(before)) return before;
  const id = before === undefined ? shared : newId('plan');
  const metadata = { ...plan.metadata, created_at: now().toISOString() };
  const kept = { ...plan, id, derived_from: plan.id, metadata };
  await store.savePlan(kept);
  return kept;
}
