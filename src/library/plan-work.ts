import type { Services } from '../app/services.js';
import { PortiaError } from '../domain/errors.js';
import { differInSubstance } from '../domain/plan/plan-diff.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store } from '../storage/store.js';
import { keepPlan } from '../app/plans/keep-plan.js';
import { keptPlan } from '../app/plans/kept-plan.js';
import { planRequest } from '../app/plans/plan-request.js';
import type { PlanningBudget } from '../app/plans/planning-budget.js';
import { planningTools } from '../app/plans/planning-tools.js';
import { keepGivenEndUser } from './end-user.js';
import type { PlanningOptions, RefineOptions } from './portia-options.js';

/** Makes a plan and keeps it, or takes that of the same request, as the options and the settings say. */
export async function planStored(
  query: string,
  { planInputs, outputSchema, examples, cached, endUser, excludeTools, signal }: PlanningOptions,
  { services, budget }: { services: Omit<Services, 'store'> & { store: Store }; budget: PlanningBudget | undefined },
): Promise<Plan> {
  const { reusePlans, examples: standard } = services.settings;
  const request = {
    query,
    planInputs,
    outputSchema,
    examples: typeof examples === 'string' ? undefined : examples,
    learns: (typeof examples === 'string' ? examples : standard.value) === 'liked',
    endUser: await keepGivenEndUser(services.store, endUser),
    tools: await planningTools(services, { exclude: excludeTools }),
    exclusion,
    signal,
    budget,
  };
  const { plan } = await keptPlan(services, request, { reuse: cached ?? reusePlans.value });
  return plan;
}

/**
 * Has the model change the plan, and keeps the result and the plan that it comes from. Gives the old one when nothing
 * was changed.
 */
export async function refineStored(
  plan: Plan,
  { hint, excludeTools, signal }: RefineOptions & { hint: string },
  { services, store }: { services: Services; store: Store },
): Promise<Plan> {
  if (hint.trim() === '') {
    throw new PortiaError('usage', 'The request does not say what to change.', {
      fix: "refine(plan, 'also sort them')",
    });
  }
  const { plan: refined, exchanges } = await planRequest(services, {
    query: plan.plan_context.query,
    planInputs: plan.plan_inputs,
    outputSchema: plan.output_schema,
    refine: { plan, hint },
    tools: await planningTools(services, { exclude: excludeTools }),
    toolsInUse: (await services.tools()).list(),
    exclusion,
    signal,
  });
  const old = await keepPlan(plan, { ...services, store });
  if (!differInSubstance(plan, refined)) return old;
  const kept: Plan = { ...refined, derived_from: old.id };
  await store.savePlan(kept, exchanges);
  return kept;
}

const exclusion = (ids: readonly string[]): string => `excludeTools: ${JSON.stringify(ids)}`;
