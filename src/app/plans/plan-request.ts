import { PortiaError } from '../../domain/errors.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import type { Plan, PlanInput } from '../../domain/plan/plan.js';
import { planWithHooks } from './planning-hooks.js';
import type { PlannedRequest, PlanningServices, PlanRequest } from './planning.js';
import { PlanningRecord } from './planning-record.js';

/**
 * A plan for a request as the hooks leave it: the one that was found, or a new one by the model or offline. Rejects with
 * `no-plan`, `no-model`, `hook-failed` or what the model rejects with.
 */
export async function planRequest(services: PlanningServices, request: PlanRequest): Promise<PlannedRequest> {
  refuseInputs(request.planInputs ?? []);
  const record = new PlanningRecord(services);
  const plan = await planWithHooks(services, request, async () => makePlan(services, request, record));
  // A person may have typed a key, and a server may send back what it was sent.
  return { plan: services.redactor().json(plan), exchanges: record.exchanges };
}

async function makePlan(services: PlanningServices, request: PlanRequest, record: PlanningRecord): Promise<Plan> {
  if (request.found !== undefined) return request.found;
  // Each is loaded when it plans: neither needs the other's parts.
  if (services.planner() === 'offline') {
    const { planWithoutModel } = await import('./plan-without-model.js');
    return planWithoutModel(services, request);
  }
  const { planWithModel } = await import('./plan-with-model.js');
  if (!request.learns) return planWithModel(services, request, { record });
  const { likedExamples } = await import('./liked-examples.js');
  return planWithModel(services, request, { record, findExamples: async () => likedExamples(services, request) });
}

/** With these no plan could be valid, however often a model is asked. */
function refuseInputs(planInputs: PlanInput[]): void {
  const problems = checkPlan({ plan_inputs: planInputs, steps: [] }).filter(
    ({ severity, pointer }) => severity === 'error' && pointer.startsWith('/plan_inputs/'),
  );
  if (problems.length === 0) return;
  throw new PortiaError('invalid-input', 'The plan inputs cannot be used.', {
    why: problems.map(({ message }) => message).join('\n'),
    fix: problems[0]?.fix ?? '--plan-input "city:the city to look up"',
  });
}
