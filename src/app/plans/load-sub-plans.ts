import { portia } from '../../domain/next-step.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { PortiaError } from '../../domain/errors.js';
import { isPlanId } from '../../domain/values/ids.js';
import { withIdOfContent } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { subPlanKey, subPlansIn, type SubPlanReference, type SubPlans } from '../../domain/plan/sub-plans.js';
import type { Store } from '../../storage/store.js';

/** How many plans may be nested inside one another. */
const MAX_NESTED_PLANS = 16;

/**
 * All plans inside a plan, and those inside them; nothing is written. Rejects with `plan-missing`, or `invalid-plan` for a
 * circle and for what is not a plan.
 */
export async function loadSubPlans(plan: Plan, store: Pick<Store, 'readPlan'>): Promise<SubPlans> {
  const found = new Map<string, Plan>();
  const load = async (outer: Plan, around: Plan[]): Promise<void> => {
    for (const reference of subPlansIn(outer.steps)) {
      const key = subPlanKey(reference);
      const inner = found.get(key) ?? (await readSubPlan(reference, outer, store));
      refuseCircle(inner, around);
      found.set(key, inner);
      await load(inner, [...around, inner]);
    }
  };
  await load(plan, [plan]);
  return found;
}

/** The same, with every plan kept: whatever is run is in `plans/`. */
export async function keepSubPlans(plan: Plan, store: Pick<Store, 'readPlan' | 'savePlan'>): Promise<SubPlans> {
  const plans = await loadSubPlans(plan, store);
  // Side by side, they reach the disk together.
  await Promise.all([...plans.values()].map(async (inner) => store.savePlan(inner)));
  return plans;
}

async function readSubPlan(reference: SubPlanReference, outer: Plan, store: Pick<Store, 'readPlan'>): Promise<Plan> {
  if (typeof reference !== 'string') return readInlinePlan(reference, outer);
  const stored = isPlanId(reference) ? await store.readPlan(reference) : undefined;
  if (stored !== undefined) return stored;
  throw new PortiaError('plan-missing', `The plan ${reference} is not here, and ${outer.id} runs it as a step.`, {
    why: isPlanId(reference) ? 'It is not in plans/.' : 'A step names another plan by its whole id.',
    fix: portia('list', 'plans'),
    planId: outer.id,
  });
}

/** Its id comes from its content, so that it is the same plan whenever it is read. */
async function readInlinePlan(document: SubPlanReference & object, outer: Plan): Promise<Plan> {
  const { readPlanDocument } = await import('../../storage/upgrade/upgrade.js');
  const { plan } = readPlanDocument(document, {
    createdAt: outer.metadata.created_at,
    name: `The plan inside ${outer.id}`,
  });
  return completePlan(withIdOfContent(plan));
}

function refuseCircle(inner: Plan, around: Plan[]): void {
  const isCircle = around.some(({ id }) => id === inner.id);
  if (!isCircle && around.length <= MAX_NESTED_PLANS) return;
  const chain = [...around, inner].map(({ id }) => id).join(' → ');
  const what = isCircle
    ? 'The plans run each other in a circle.'
    : `More than ${MAX_NESTED_PLANS} plans are inside one another.`;
  throw new PortiaError('invalid-plan', what, {
    why: chain,
    fix: 'Remove one of these steps; a loop is written with while or for_each.',
    planId: inner.id,
  });
}
