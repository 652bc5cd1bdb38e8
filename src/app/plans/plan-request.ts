import { completePlan } from '../../domain/plan/complete-plan.js';
import type { EndUser } from '../../domain/run/end-user.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import type { Json, JsonSchema } from '../../domain/values/json.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { placed } from '../../domain/plan/step-path.js';
import type { Plan, PlanInput, Step } from '../../domain/plan/plan.js';
import { planOffline } from '../../planner/offline/offline-planner.js';
import type { Tool } from '../../tools/tool.js';
import type { Services } from '../services.js';

export interface PlanRequest {
  query: string;
  /** The tools that the plan may use. */
  tools: Tool[];
  planInputs?: PlanInput[] | undefined;
  /** JSON Schema of the final output. */
  outputSchema?: JsonSchema | undefined;
  examples?: Plan[] | undefined;
  /** Change this plan of the query, as the hint says, instead of making one from nothing. Needs a model. */
  refine?: { plan: Plan; hint: string } | undefined;
  /** Beside `tools`, what steps may use that stay as they are. */
  toolsInUse?: Tool[] | undefined;
  /** Who the plan is for. */
  endUser?: EndUser | undefined;
  signal?: AbortSignal | undefined;
  /** Told what happens, one sentence each. */
  note?: ((text: string) => void) | undefined;
}

type PlanningServices = Pick<Services, 'planner' | 'modelChoice' | 'model' | 'newId' | 'now' | 'redactor'>;

/** A plan for a request, by the model or offline. Rejects with `no-plan`, `no-model` or what the model rejects with. */
export async function planRequest(services: PlanningServices, request: PlanRequest): Promise<Plan> {
  refuseInputs(request.planInputs ?? []);
  const isOffline = services.planner() === 'offline';
  const plan = await (isOffline ? planWithoutModel(services, request) : planWithModel(services, request));
  // A person may have typed a key, and a server may send back what it was sent.
  return services.redactor().json(plan as unknown as Json) as unknown as Plan;
}

/** No plan could be valid with these, however often a model is asked. */
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

async function planWithoutModel(services: PlanningServices, request: PlanRequest): Promise<Plan> {
  if (request.refine !== undefined) throw notOffline(services, 'Without a model no plan can be changed by a hint.');
  if (request.outputSchema !== undefined || (request.planInputs?.length ?? 0) > 0) {
    throw notOffline(services, 'The offline planner knows neither output schemas nor plan inputs.');
  }
  const planned = planOffline({
    query: request.query,
    tools: request.tools.map((tool) => tool.id),
    newId: services.newId,
    createdAt: services.now().toISOString(),
  });
  if (planned.kind === 'refused') {
    const where = planned.understood === '' ? '' : ` (it understood ${JSON.stringify(planned.understood.slice(-60))})`;
    const said = `Without a model only simple requests work, and this is not one of them${where}: ${planned.why}.`;
    throw notOffline(services, said);
  }
  request.note?.('Planned offline: no model was used. For what it takes: portia help offline');
  return planned.plan;
}

/** Why nothing can plan: what the model lacks, and what the offline planner said. */
function notOffline(services: PlanningServices, said: string): PortiaError {
  const choice = services.modelChoice('planning');
  if (choice.kind !== 'none') {
    return new PortiaError('no-plan', 'The offline planner cannot plan this.', {
      why: said,
      fix: 'portia help offline\nLeave out --planner offline to use the model.',
    });
  }
  const { message, code, details } = choice.error;
  return new PortiaError(code, message, {
    ...details,
    why: [details.why, said].filter(Boolean).join('\n'),
  });
}

async function planWithModel(services: PlanningServices, request: PlanRequest): Promise<Plan> {
  const [{ planQuery }, { completeStructured }] = await Promise.all([
    import('../../planner/plan-query.js'),
    import('../../models/structured-reply.js'),
  ]);
  const model = await services.model('planning');
  request.note?.(`Planning with ${model.id} …`);
  const now = services.now().toISOString();
  const planInputs = request.planInputs ?? [];
  const planning = await planQuery({
    query: request.query,
    tools: request.tools.map((tool) => {
      const { id, description, effect } = tool;
      return { id, description, effect, inputSchema: tool.inputSchema() };
    }),
    model,
    planInputs,
    examples: request.examples ?? [],
    endUser: request.endUser,
    today: now.slice(0, 10),
    createdAt: now,
    newId: services.newId,
    signal: request.signal ?? new AbortController().signal,
    outputSchema: request.outputSchema,
    completeStructured,
    refine: request.refine,
    checkSteps: (steps) => stepProblems(steps, planInputs, request),
    onAttempt(attempt, problems) {
      if (attempt > 1) request.note?.(`Attempt ${attempt}: ${problems.map((problem) => problem.message).join(' ')}`);
    },
  });
  if (planning.kind === 'plan') return completePlan(planning.plan);
  throw noPlan(planning, request.refine !== undefined);
}

function stepProblems(steps: Step[], planInputs: PlanInput[], request: PlanRequest): Problem[] {
  const known = [...request.tools, ...(request.toolsInUse ?? [])];
  const tools = new Map(known.map((tool) => [tool.id, tool]));
  const problems = checkPlan({ plan_inputs: planInputs, steps }, { tools });
  return problems.filter((problem) => problem.severity === 'error');
}

function noPlan(
  planning: { kind: 'declined'; error: string } | { kind: 'invalid'; problems: Problem[][] },
  isRefining: boolean,
): PortiaError {
  if (planning.kind === 'declined') {
    const what = isRefining ? 'the plan cannot be changed like this' : 'the request cannot be planned';
    return new PortiaError('no-plan', `The model says that ${what}.`, {
      why: planning.error,
      fix: isRefining
        ? 'Word the hint differently, or change the plan by hand: portia edit <plan>'
        : 'Say more in the request, or give the tools that it needs; portia tools list shows them.',
    });
  }
  const last = planning.problems.at(-1) ?? [];
  return new PortiaError('no-plan', `No valid plan after ${planning.problems.length} attempts.`, {
    why: last.map(({ pointer, message }) => placed(pointer, message)).join('\n'),
    fix: `Word the ${isRefining ? 'hint' : 'request'} differently, use a stronger --planning-model, or write the plan by hand.`,
  });
}
