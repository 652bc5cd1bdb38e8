import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import { planOffline } from '../../planner/offline/offline-planner.js';
import { readyTools, type PlanningServices, type PlanRequest } from './planning.js';

/** A plan by the offline planner. Throws `no-plan`, or what the missing model says. */
export function planWithoutModel(services: PlanningServices, request: PlanRequest): Plan {
  if (request.refine !== undefined) throw notOffline(services, 'Without a model no plan can be changed by a hint.');
  if (request.outputSchema !== undefined || (request.planInputs?.length ?? 0) > 0) {
    throw notOffline(services, 'The offline planner knows neither output schemas nor plan inputs.');
  }
  const planned = planOffline({
    query: request.query,
    tools: readyTools(request).map((tool) => tool.id),
    newId: services.newId,
    createdAt: services.now().toISOString(),
  });
  if (planned.kind === 'refused') {
    const where = planned.understood === '' ? '' : ` (it understood ${JSON.stringify(planned.understood.slice(-60))})`;
    const said = `Without a model only simple requests work, and this is not one of them${where}: ${planned.why}.`;
    throw notOffline(services, said);
  }
  request.note?.('Planned offline: no model was used. What works offline: portia help offline');
  return planned.plan;
}

/** Why nothing can plan: what the model lacks, and what the offline planner said. */
function notOffline(services: PlanningServices, said: string): PortiaError {
  const choice = services.modelChoice('planning');
  if (choice.kind !== 'none') {
    return new PortiaError('no-plan', 'The offline planner cannot plan this.', {
      why: said,
      fix: advice`${portia('help', 'offline')}\nLeave out --planner offline to use the model.`,
    });
  }
  const { message, code, details } = choice.error;
  return new PortiaError(code, message, {
    ...details,
    why: [details.why, said].filter(Boolean).join('\n'),
  });
}
