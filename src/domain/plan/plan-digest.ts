import { digestValue } from '../values/digest.js';
import { idFromDigest, type PlanId } from '../values/ids.js';
import type { Plan } from './plan.js';

/** A plan never changes, so its digest is found once. */
const digests = new WeakMap<Plan, string>();

/** SHA-256 of what a plan says, whatever its id and history: equal digests mean the same plan was approved. */
export function planDigest(plan: Plan): string {
  const known = digests.get(plan);
  if (known !== undefined) return known;
  const { id: _id, derived_from: _origin, metadata: _metadata, ...content } = plan;
  const digest = digestValue(content);
  digests.set(plan, digest);
  return digest;
}

/** The id of a plan until its own is made from the content. */
export const NO_PLAN_ID: PlanId = 'plan-00000000-0000-0000-0000-000000000000';

/** The plan with an id made from its content: the same content always gets the same id. */
export function withIdOfContent(plan: Plan): Plan {
  return { ...plan, id: idFromDigest('plan', planDigest(plan)) };
}
