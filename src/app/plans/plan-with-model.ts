import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { placed } from '../../domain/plan/step-path.js';
import type { Plan, PlanInput, Step } from '../../domain/plan/plan.js';
import { completeStructured } from '../../models/structured-reply.js';
import { planQuery } from '../../planner/plan-query.js';
import type { PlanningServices, PlanRequest } from './planning.js';

/** A plan by the planning model. Rejects with `no-plan`, `no-model` or what the model rejects with. */
export async function planWithModel(services: PlanningServices, request: PlanRequest): Promise<Plan> {
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
        ? advice`Word the hint differently, or change the plan by hand: ${portiaTyped('edit', '<plan>')}`
        : advice`Say more in the request, or give the tools that it needs; ${portia('tools', 'list')} shows them.`,
    });
  }
  const last = planning.problems.at(-1) ?? [];
  return new PortiaError('no-plan', `No valid plan after ${planning.problems.length} attempts.`, {
    why: last.map(({ pointer, message }) => placed(pointer, message)).join('\n'),
    fix: `Word the ${isRefining ? 'hint' : 'request'} differently, use a stronger --planning-model, or write the plan by hand.`,
  });
}
