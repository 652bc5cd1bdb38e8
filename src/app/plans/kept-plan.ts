import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Services } from '../services.js';
import { keepPlan } from './keep-plan.js';
import { planRequest } from './plan-request.js';
import type { PlannedRequest, PlanningServices, PlanRequest } from './planning.js';

/** A plan of a request that is in the store. */
export interface KeptPlan {
  plan: Plan;
  /** ISO 8601, UTC: when this user made or approved it, if that was before. */
  madeAt?: string;
  /** Lets the plan that a person approved be the one of the request. */
  approve(plan: Plan): Promise<void>;
}

interface Keeping {
  /** Whether the plan of the same request is taken again. */
  reuse: boolean;
  /** Makes it, or passes on the one that the request has. Default: `planRequest`. */
  make?: (request: PlanRequest) => Promise<PlannedRequest>;
}

/**
 * Makes a plan and keeps it, or takes the one that this user made or approved here for the same request. Rejects as
 * `planRequest` does. A plan without a model costs nothing, so it is always made. Hooks see the plan in both cases, and one
 * that they change is kept as another plan.
 */
export async function keptPlan(
  services: PlanningServices & Pick<Services, 'plansMade'>,
  request: PlanRequest,
  { reuse, make = async (wanted) => planRequest(services, wanted) }: Keeping,
): Promise<KeptPlan> {
  if (services.planner() === 'offline') {
    const { plan } = await make(request);
    await services.store.savePlan(plan);
    return { plan, approve: async () => undefined };
  }
  const [made, { requestKey }] = await Promise.all([services.plansMade(), import('./request-key.js')]);
  const key = requestKey(services, request);
  const approve = async (plan: Plan) => {
    try {
      await made.keep(key, plan);
    } catch (error) {
      if (!(error instanceof PortiaError) || error.code !== 'storage-failed') throw error;
      request.warn?.(`The plan will not be found by --cached. ${error.message} ${error.details.why ?? ''}`);
    }
  };
  const found = reuse ? await made.find(key) : undefined;
  if (found !== undefined) {
    const again = await make({ ...request, found: found.plan });
    const plan = await keepPlan(again.plan, services);
    if (plan.id === found.plan.id) return { ...found, approve };
    await approve(plan);
    return { plan, approve };
  }
  const { plan, exchanges } = await make(request);
  await services.store.savePlan(plan, exchanges);
  await approve(plan);
  return { plan, approve };
}
