import { isPlanId, type PlanId } from '../values/ids.js';
import { isJsonObject } from '../values/json.js';
import type { RunEvent } from './events.js';

/** Digests of the values that an event names and does not hold: they are in the run's memory, unless they were lost. */
export function valuesNamedIn(event: RunEvent): Set<string> {
  const named = new Set<string>();
  const pending: unknown[] = [event];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (Array.isArray(item)) pending.push(...item);
    else if (isJsonObject(item)) {
      const { digest, bytes } = item;
      if (typeof digest === 'string' && typeof bytes === 'number') named.add(digest);
      pending.push(...Object.values(item));
    }
  }
  return named;
}

/** The plans that a run needs, with their digests, as the event with which it begins names them; none for any other. */
export function plansNamedIn(event: RunEvent): Map<PlanId, string> {
  if (event.type === 'run.imported') return new Map([[event.snapshot.plan_id, event.snapshot.plan_digest]]);
  if (event.type !== 'run.created') return new Map();
  const inside = Object.entries(event.plans ?? {}).flatMap(([id, digest]) =>
    isPlanId(id) ? [[id, digest] as const] : [],
  );
  return new Map([[event.plan_id, event.plan_digest], ...inside]);
}
