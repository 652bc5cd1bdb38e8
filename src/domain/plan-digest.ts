import { digestValue } from './digest.js';
import type { Plan } from './plan.js';

/** SHA-256 of what a plan says, whatever its id and history: equal digests mean the same plan was approved. */
export function planDigest(plan: Plan): string {
  const { id: _id, derived_from: _origin, metadata: _metadata, ...content } = plan;
  return digestValue(content);
}
