import { digestValue } from '../values/digest.js';
import { idFromDigest, type PlanId, type RunId } from '../values/ids.js';
import type { JsonObject } from '../values/json.js';
import { planDigest } from './plan-digest.js';
import { allSteps } from './plan-steps.js';
import type { Plan, Step } from './plan.js';

/** A plan inside a plan: its id, or the plan itself in any shape that a file may have. */
export type SubPlanReference = string | JsonObject;

/** The plans that a plan runs as its steps, and those inside them, by `subPlanKey`. */
export type SubPlans = ReadonlyMap<string, Plan>;

/** Equal for references to the same plan. */
export function subPlanKey(reference: SubPlanReference): string {
  return typeof reference === 'string' ? reference : digestValue(reference);
}

/** What the steps of kind `plan` refer to, in the written order; those inside the plans themselves are not among them. */
export function subPlansIn(steps: Step[]): SubPlanReference[] {
  return allSteps(steps).flatMap((step) => (step.kind === 'plan' ? [step.plan as SubPlanReference] : []));
}

/** Those of the plans that this one runs as its steps, and those inside them. */
export function subPlansOf({ steps }: Plan, plans: SubPlans): SubPlans {
  const found = new Map<string, Plan>();
  const add = (reference: SubPlanReference): void => {
    const key = subPlanKey(reference);
    const plan = plans.get(key);
    if (plan === undefined || found.has(key)) return;
    found.set(key, plan);
    for (const inner of subPlansIn(plan.steps)) add(inner);
  };
  for (const reference of subPlansIn(steps)) add(reference);
  return found;
}

/** What each plan inside says, as a digest: a change between approval and resume is reported. */
export function subPlanDigests(plans: SubPlans): Record<PlanId, string> {
  return Object.fromEntries([...plans.values()].map((plan) => [plan.id, planDigest(plan)]));
}

/**
 * The run of a plan inside a run: always the same for one step, so that a crash before anything is recorded of it makes
 * no second one.
 */
export function subRunId(parent: RunId, path: string): RunId {
  return idFromDigest('prun', digestValue([parent, path]));
}
