import type { EndUser } from '../../domain/run/end-user.js';
import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, type JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { Plan, PlanInput } from '../../domain/plan/plan.js';
import { compileSchema } from '../../app/compile-schema.js';
import { keptPlan, type KeptPlan } from '../../app/plans/kept-plan.js';
import { planRequest } from '../../app/plans/plan-request.js';
import { planningTools } from '../../app/plans/planning-tools.js';
import type { PlanningBudget } from '../../app/plans/planning-budget.js';
import type { PlannedRequest, PlanRequest } from '../../app/plans/planning.js';
import { parseJsonText } from '../session/json-text.js';
import type { NewPlanOptions, PlanOptions } from '../session/options.js';
import { loadPlan } from '../input/references.js';
import { requireTrustForPlanning } from '../trust/require-trust.js';
import { lineOf, type Session } from '../session/session.js';
import { signalOfPrompt, untilStopped } from '../session/stopping.js';
import { whileWorking } from '../output/while-working.js';
import { timeAgo } from '../../ui/times.js';

/** Who the plan is for. */
interface ForUser {
  endUser: string | undefined;
}

/**
 * Makes a plan as the flags say and saves it, or takes that of the same request. `inputNames` are inputs that the caller has
 * values for.
 */
export async function makePlan(
  session: Session<NewPlanOptions & ForUser>,
  query: string,
  { inputNames = [], budget }: { inputNames?: string[]; budget?: PlanningBudget } = {},
): Promise<KeptPlan> {
  await requireTrustForPlanning(session);
  await tellWithoutEffect(session);
  const { services, options, look } = session;
  const { reusePlans, examples } = services.settings;
  const request = await requestOf(session, {
    query,
    planInputs: planInputsOf(declaredInputs(options), inputNames),
    outputSchema: await readSchema(session, options.schema),
    endUser: await readEndUser(session, options),
    learns: examples.value === 'liked',
    budget,
  });
  const kept = await keptPlan(services, request, {
    reuse: reusePlans.value,
    make: async (wanted) => requestPlan(session, wanted),
  });
  if (kept.madeAt !== undefined) {
    const ago = timeAgo(kept.madeAt, look.now);
    await session.note(`Using ${kept.plan.id}, which you made or approved ${ago} for this request.\n`);
  }
  return kept;
}

/** What is only for a model that plans. */
async function tellWithoutEffect({ services, options, note }: Session<NewPlanOptions>): Promise<void> {
  if (services.planner() === 'model') return;
  const flags = [
    options.cached === true && '--cached',
    options.examples === 'liked' && '--examples liked',
    options.example !== undefined && '--example',
  ].filter((flag) => flag !== false);
  if (flags.length === 0) return;
  await note(
    `Without a model these change nothing: ${flags.join(', ')}. The plan is made anew, which costs nothing.\n`,
  );
}

/** How a plan is to be changed. */
export interface Wanted extends ForUser {
  hint: string;
  budget?: PlanningBudget | undefined;
}

/** A plan changed by the model as a hint says, not saved. The flags add inputs, and replace the form of the result. */
export async function makeRefinedPlan(
  session: Session<PlanOptions>,
  plan: Plan,
  wanted: Wanted,
): Promise<PlannedRequest> {
  await requireTrustForPlanning(session);
  const { services, options } = session;
  const known = new Set(plan.plan_inputs.map(({ name }) => bareName(name)));
  const added = planInputsOf(declaredInputs(options), []).filter(({ name }) => !known.has(bareName(name)));
  const request = await requestOf(session, {
    query: plan.plan_context.query,
    planInputs: [...plan.plan_inputs, ...added],
    outputSchema: (await readSchema(session, options.schema)) ?? plan.output_schema,
    refine: { plan, hint: wanted.hint },
    budget: wanted.budget,
    endUser: await readEndUser(session, wanted),
    toolsInUse: (await services.tools()).list(),
  });
  return requestPlan(session, request);
}

type OwnPart = Omit<PlanRequest, 'tools' | 'examples' | 'note' | 'warn' | 'signal'>;

async function requestOf(session: Session<PlanOptions>, own: OwnPart): Promise<PlanRequest> {
  const { services, options } = session;
  return {
    ...own,
    tools: await planningTools(services, { include: options.tool, exclude: options.excludeTool }),
    examples: await Promise.all((options.example ?? []).map(async (text) => (await loadPlan(session, text)).plan)),
    note: (text: string) => void session.note(lineOf(text, session)),
    warn: (text: string) => void session.warn(text),
  };
}

async function requestPlan(session: Session, wanted: PlanRequest): Promise<PlannedRequest> {
  const { services } = session;
  const request = await withoutToolsOff(session, wanted);
  // The program of an `exec:` model must not outlive this process.
  return untilStopped(
    session.io,
    async (signal) => whileWorking('planning', session, async () => planRequest(services, { ...request, signal })),
    planningEnded,
  );
}

/** Before a model is paid: a person decides whether to plan without a tool that is off and that the request needs. */
async function withoutToolsOff(session: Session, request: PlanRequest): Promise<PlanRequest> {
  if (!session.prompting.yes || request.found !== undefined || session.services.planner() === 'offline') return request;
  const { lackOfTools } = await import('../../app/plans/tools-off.js');
  const lack = lackOfTools(request);
  if (lack === undefined) return request;
  const { askYesNo } = await import('../../ui/prompts.js');
  const asked = await askYesNo(
    { streams: session.io.streams, look: session.look },
    { message: `${lack.message} ${lack.details.why} Plan without it?`, default: false },
  );
  if (asked.kind === 'interrupted') throw planningEnded(signalOfPrompt(session.io), undefined);
  if (asked.kind === 'answered' && asked.value) return { ...request, doesWithout: true };
  throw lack;
}

/** Who the plan is for, with what is known of them; by the id when no name is. */
async function readEndUser({ services }: Session, { endUser: id }: ForUser): Promise<EndUser | undefined> {
  if (id === undefined) return undefined;
  const user = await services.store.changeEndUser(id, {});
  return { ...user, name: user.name || id };
}

function planningEnded(signal: string, cause: unknown): PortiaError {
  return new PortiaError('interrupted', `Planning was ended by ${signal}.`, {
    why: 'No part of it was kept, and nothing was run.',
    fix: 'Give the same command again.',
    signal,
    cause,
  });
}

/** What --plan-input says: `NAME` or `NAME:description`. */
export function declaredInputs({ planInput = [] }: Pick<PlanOptions, 'planInput'>): PlanInput[] {
  const declared = planInput.map((flag) => {
    const [name = '', ...description] = flag.split(':');
    return { name: name.trim(), description: description.join(':').trim() || null };
  });
  if (declared.some((input) => input.name === '')) {
    throw new PortiaError('usage', 'A --plan-input has no name.', { fix: '--plan-input "city:the city to look up"' });
  }
  return declared;
}

function planInputsOf(declared: PlanInput[], names: string[]): PlanInput[] {
  const known = new Set(declared.map((input) => bareName(input.name)));
  const others = names.filter((name) => !known.has(bareName(name)));
  return [...declared, ...others.map((name) => ({ name, description: null }))];
}

/** The schema itself, or a file that holds it. */
async function readSchema(session: Session, text: string | undefined): Promise<JsonSchema | undefined> {
  if (text === undefined) return undefined;
  const isInline = text.trimStart().startsWith('{');
  const value = parseJsonText(isInline ? text : await session.readText(text), '--schema');
  if (!isJsonObject(value)) {
    throw new PortiaError('invalid-input', '--schema is not a JSON Schema.', {
      why: 'It must be a JSON object.',
      fix: `--schema '{"type":"object"}'`,
    });
  }
  await compileSchema(value);
  return value;
}
