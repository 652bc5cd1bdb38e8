import { toolsLeftOut } from '../app/trust/missing-trust.js';
import type { Services } from '../app/services.js';
import { PortiaError, type Problem } from '../domain/errors.js';
import { differInSubstance } from '../domain/plan/plan-diff.js';
import { checkPlan } from '../domain/plan-check/plan-rules.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store } from '../storage/store.js';
import { effectiveTools } from '../tools/registry.js';
import { keepPlan } from '../app/plans/keep-plan.js';
import { planRequest } from '../app/plans/plan-request.js';
import { schemaProblems } from '../app/plans/plan-schemas.js';

/** What `check` says of a plan that has the right shape, with the tools and the plans that are here. */
export async function checkHere(plan: Plan, services: Services, store: Store): Promise<Problem[]> {
  const { loadReferencedPlans } = await import('../app/plans/referenced-plans.js');
  const registry = await services.tools();
  const broken: Problem[] = [];
  const plans = await loadReferencedPlans(plan, store, ({ message, details: { why } }) => {
    const said = [message, why].filter(Boolean).join(' ');
    broken.push({ severity: 'error', rule: 'inner-plan', message: said, pointer: '' });
  });
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const hasOtherTools = toolsLeftOut(services).length > 0;
  return [...broken, ...checkPlan(plan, { tools, plans, hasOtherTools }), ...(await schemaProblems(plan))];
}

/**
 * Has the model change the plan, and keeps the result and the plan that it comes from. Gives the old one when nothing
 * was changed.
 */
export async function refineStored(
  plan: Plan,
  { hint, signal }: { hint: string; signal?: AbortSignal | undefined },
  { services, store }: { services: Services; store: Store },
): Promise<Plan> {
  if (hint.trim() === '') {
    throw new PortiaError('usage', 'The request does not say what to change.', {
      fix: "refine(plan, 'also sort them')",
    });
  }
  const registry = await services.tools();
  const refined = await planRequest(services, {
    query: plan.plan_context.query,
    planInputs: plan.plan_inputs,
    outputSchema: plan.output_schema,
    refine: { plan, hint },
    tools: await effectiveTools(registry, services.toolEnvironment),
    toolsInUse: registry.list(),
    signal,
  });
  const old = await keepPlan(plan, { ...services, store });
  if (!differInSubstance(plan, refined)) return old;
  const kept: Plan = { ...refined, derived_from: old.id };
  await store.savePlan(kept);
  return kept;
}
