import { advice, adviceLines, portia, portiaTyped } from '../../domain/next-step.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { placed } from '../../domain/plan/step-path.js';
import type { KnownTool, KnownToolsAndPlans } from '../../domain/plan-check/known-tools-and-plans.js';
import type { PlanExample } from '../../domain/plan/example-schema.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isAway, type Model } from '../../models/model.js';
import { completeStructured } from '../../models/structured-reply.js';
import { planQuery, type CheckedPlan, type Planning } from '../../planner/plan-query.js';
import type { PlannedDocument } from '../../planner/read-plan-reply.js';
import { readPlanDocument } from '../../storage/upgrade/upgrade.js';
import type { Tool } from '../../tools/tool.js';
import { documentProblems } from './document-problems.js';
import { describeTool, readyTools, type PlanningServices, type PlanRequest } from './planning.js';
import type { PlanningRecord } from './planning-record.js';
import { lackOfTools, offIn, toolsOffFor } from './tools-off.js';

/**
 * A plan by the planning model; what that is asked goes into `record`. `findExamples` finds examples beside those of the request,
 * once it is known that the tools are here. Rejects with `no-plan`, `no-model` or what the model rejects with.
 */
export async function planWithModel(
  services: Pick<PlanningServices, 'model' | 'fallback' | 'newId' | 'now'>,
  request: PlanRequest,
  { record, findExamples = async () => [] }: { record?: PlanningRecord; findExamples?: () => Promise<Example[]> } = {},
): Promise<Plan> {
  const tools = readyTools(request).map(describeTool);
  const lack = request.doesWithout ? undefined : lackOfTools(request);
  if (lack !== undefined) throw lack;
  const toolsOff = toolsOffFor(request);
  const examples = examplesOf(request.examples ?? [], await findExamples());
  const now = services.now().toISOString();
  const planInputs = request.planInputs ?? [];
  const planning = await askInTurn(services, request.note, async (model) => {
    const asked = await planQuery({
      query: request.query,
      tools,
      toolsOff,
      model,
      planInputs,
      examples: examples.map(({ plan }) => plan),
      endUser: request.endUser,
      today: now.slice(0, 10),
      createdAt: now,
      newId: services.newId,
      signal: request.signal ?? new AbortController().signal,
      outputSchema: request.outputSchema,
      completeStructured: record?.recording(completeStructured) ?? completeStructured,
      refine: request.refine,
      check: (document) =>
        checkPlanned(document, {
          query: request.query,
          createdAt: now,
          tools: knownTools(request),
          toolsOff: new Map(offIn(request).map((tool) => [tool.id, tool])),
        }),
      onAttempt(attempt, problems, usage) {
        request.budget?.beforeAttempt(model.id, usage);
        if (attempt > 1) request.note?.(`Attempt ${attempt}: ${problems.map((problem) => problem.message).join(' ')}`);
      },
    });
    request.budget?.add(model.id, asked.usage);
    return asked;
  });
  if (planning.kind === 'plan') return completePlan(withExamples(planning.plan, examples));
  throw noPlan(planning, request.refine !== undefined);
}

/** Asks the planning model, and its fallbacks where that cannot be asked. */
async function askInTurn<Answer>(
  services: Pick<PlanningServices, 'model' | 'fallback'>,
  note: PlanRequest['note'],
  ask: (model: Model) => Promise<Answer>,
): Promise<Answer> {
  let model = await services.model('planning');
  for (let place = 1; ; place += 1) {
    note?.(`Planning with ${model.id} …`);
    try {
      return await ask(model);
    } catch (error) {
      const next = isAway(error) ? await services.fallback?.('planning', place) : undefined;
      if (next === undefined) throw error;
      note?.(messageOf(error));
      model = next;
    }
  }
}

/** A plan that the model is shown, with what the metadata say of it. */
export interface Example {
  plan: Plan;
  record: PlanExample;
}

/** Those that are given, then those that were found and are not among them. */
function examplesOf(given: readonly Plan[], found: readonly Example[]): Example[] {
  const ids = new Set(given.map(({ id }) => id));
  return [
    ...given.map((plan) => ({ plan, record: { plan_id: plan.id } })),
    ...found.filter(({ plan }) => !ids.has(plan.id)),
  ];
}

function withExamples(plan: Plan, examples: readonly Example[]): Plan {
  if (examples.length === 0) return plan;
  return { ...plan, metadata: { ...plan.metadata, examples: examples.map(({ record }) => record) } };
}

function knownTools(request: PlanRequest): ReadonlyMap<string, Tool> {
  return new Map([...readyTools(request), ...(request.toolsInUse ?? [])].map((tool) => [tool.id, tool]));
}

/** Checks what was planned as `portia check` does the plan of a person. */
export async function checkPlanned(
  planned: PlannedDocument,
  {
    query,
    createdAt,
    ...known
  }: { query: string; createdAt: string; tools: ReadonlyMap<string, KnownTool> } & Pick<KnownToolsAndPlans, 'toolsOff'>,
): Promise<CheckedPlan> {
  const document = { plan_context: { query }, ...planned };
  const check = (plan: Plan) => Promise.resolve(checkPlan(plan, known));
  const problems = await documentProblems(document, { createdAt, check });
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  return { problems: [], plan: readPlanDocument(document, { createdAt }).plan };
}

function noPlan(planning: Exclude<Planning, { kind: 'plan' }>, isRefining: boolean): PortiaError {
  const { usage } = planning;
  if (planning.kind === 'declined') {
    const what = isRefining ? 'the plan cannot be changed like this' : 'the request cannot be planned';
    return new PortiaError('no-plan', `The model says that ${what}.`, {
      why: planning.error,
      usage,
      fix: isRefining
        ? advice`Word the hint differently, or change the plan by hand: ${portiaTyped('edit', '<plan>')}`
        : advice`Say more in the request, or give the tools that it needs; ${portia('tools', 'list')} shows them.`,
    });
  }
  const last = planning.problems.at(-1) ?? [];
  return new PortiaError('no-plan', `No valid plan after ${planning.problems.length} attempts.`, {
    why: last.map(({ pointer, message }) => placed(pointer, message)).join('\n'),
    usage,
    fix: adviceLines([
      ...last.flatMap(({ rule, fix }) => (rule === 'tool-off' && fix !== undefined ? [fix] : [])),
      `Word the ${isRefining ? 'hint' : 'request'} differently, use a stronger --planning-model, or write the plan by hand.`,
    ]),
  });
}
