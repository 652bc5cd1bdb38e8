import { inputsError } from '../app/inputs/check-inputs.js';
import { estimateHere } from '../app/plans/estimate-here.js';
import { loadReferencedPlans } from '../app/plans/referenced-plans.js';
import { createInputCheck } from '../app/plans/runnable-plan.js';
import type { Services } from '../app/services.js';
import { estimateRecord, type EstimateRecord } from '../domain/plan/estimate-record.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store } from '../storage/store.js';
import type { EstimateOptions } from './portia-options.js';

/** What a run of the plan would take. Plans inside it that cannot be read are among the unknown ones. */
export async function estimateOf(
  plan: Plan,
  { inputs = {} }: EstimateOptions,
  { services, store }: { services: Services; store: Store },
): Promise<EstimateRecord> {
  const check = await createInputCheck(plan);
  const problem = inputsError({ ...check(inputs), missing: [] });
  if (problem !== undefined) throw problem;
  const plans = await loadReferencedPlans(plan, store, () => undefined);
  const tools = await services.tools([plan, ...plans.values()]);
  return estimateRecord(plan.id, await estimateHere(services, { plan, plans, tools }, { inputs }));
}
