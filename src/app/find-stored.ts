import { normaliseId, type PlanId, type RunId } from '../domain/values/ids.js';
import { resolvePlanRef, resolveRunRef } from '../storage/resolve-id.js';
import type { Store } from '../storage/store.js';

/** The plan that an id, a part of one or `last` names. Rejects with `not-found` or `ambiguous`. */
export async function findPlanId(store: Store, text: string): Promise<PlanId> {
  return (await wholeId(store, text, 'plan')) ?? resolvePlanRef(text, await store.listPlanIds());
}

/** As `findPlanId`, for runs. */
export async function findRunId(store: Store, text: string): Promise<RunId> {
  return (await wholeId(store, text, 'prun')) ?? resolveRunRef(text, await store.listRunIds());
}

/** A whole id that exists, in any spelling: found without listing all plans and runs. */
export async function wholeId<Prefix extends 'plan' | 'prun'>(
  store: Store,
  text: string,
  prefix: Prefix,
): Promise<`${Prefix}-${string}` | undefined> {
  const id = normaliseId(text, prefix);
  return id !== undefined && (await store.has(id)) ? id : undefined;
}
