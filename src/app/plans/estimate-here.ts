import { estimatePlan, type AskedEstimate, type PlanEstimate } from '../../domain/plan/estimate.js';
import { ExpressionError } from '../../domain/expressions/expression-error.js';
import { parseBareOrTemplate } from '../../domain/expressions/template.js';
import { LLM_TOOL } from '../../domain/plan/llm-tool.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { PricedEstimate, PricedPlanEstimate } from '../../domain/plan/priced-estimate.js';
import type { Bounds } from '../../domain/plan/step-kinds/step-kind.js';
import type { ModelRole } from '../../domain/values/model-roles.js';
import type { Json } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { promptSizes } from '../../executor/prompt-sizes.js';
import type { Tool } from '../../tools/tool.js';
import { createOwnEvaluator } from '../evaluator.js';
import type { Services } from '../services.js';
import { thisProcess } from '../this-process.js';

/** What a run is given: inputs by name, the others have their defaults; and whether a summary is asked for. */
interface GivenToRun {
  inputs: Readonly<Record<string, Json>>;
  summarize?: boolean | undefined;
}

/** The plan itself, with the stored plans that it runs and its tools. */
interface KnownOfPlan {
  plan: Plan;
  plans: ReadonlyMap<string, Plan>;
  tools: { get(id: string): Tool | undefined };
}

/** What a run of the plan would take here. */
export async function estimateHere(
  services: Services,
  known: KnownOfPlan,
  given: GivenToRun,
): Promise<PricedPlanEstimate> {
  const estimate = await estimateWith(services, known, given);
  return { ...estimate, asked: estimate.asked.map((asked) => withPrice(services, asked)) };
}

/** What a run of the plan should have taken of the models that it asked. Loads no tool: where others than portia's own matter, only calls are known. */
export async function expectedHere(
  services: Services,
  { plan, plans }: Omit<KnownOfPlan, 'tools'>,
  { models, ...given }: GivenToRun & { models: ReadonlyMap<ModelRole, string> },
): Promise<{ calls: Bounds; asked: PricedEstimate[] | undefined }> {
  const ids = [plan, ...plans.values()].flatMap(({ steps }) => toolsOfSteps(steps)).filter((id) => id !== LLM_TOOL);
  const tools = ids.length === 0 ? NO_TOOLS : await ownTools();
  const { calls, asked } = await estimateWith(services, { plan, plans, tools }, given);
  const isKnown = ids.every((id) => tools.has(id));
  return { calls, asked: isKnown ? asked.map((one) => withPrice(services, one, models)) : undefined };
}

const NO_TOOLS: ReadonlyMap<string, Tool> = new Map();

async function ownTools(): Promise<ReadonlyMap<string, Tool>> {
  const { builtinTools } = await import('../../tools/builtin/builtin-tools.js');
  return new Map(builtinTools().map((tool) => [tool.id, tool]));
}

async function estimateWith(
  services: Services,
  { plan, plans, tools }: KnownOfPlan,
  { inputs, summarize = false }: GivenToRun,
): Promise<PlanEstimate> {
  const known = knownInputs(plan, inputs);
  return estimatePlan(plan, {
    plans,
    sizes: promptSizes({ inputs: known, tools }),
    lengthOf: async (over) => lengthOf(services, over, known),
    summarize,
    agent: services.settings.agent.value,
  });
}

/** `models` are those of a run that asked, by role: not every step says its own. */
function withPrice(
  services: Services,
  asked: AskedEstimate,
  models: ReadonlyMap<ModelRole, string> = new Map(),
): PricedEstimate {
  const { prices } = services.settings;
  const used = asked.name === undefined ? models.get(asked.role) : undefined;
  if (used !== undefined) return { ...asked, model: used, whyNone: undefined, price: prices.get(used) };
  const choice = services.modelChoice(asked.role, asked.name);
  const model = choice.kind === 'none' ? undefined : choice.id;
  const whyNone = choice.kind === 'none' ? choice.error.message : undefined;
  return { ...asked, model, whyNone, price: model === undefined ? undefined : prices.get(model) };
}

function knownInputs({ plan_inputs: declared }: Plan, given: Readonly<Record<string, Json>>): Map<string, Json> {
  const defaults = declared.flatMap(({ name, default: value }): [string, Json][] =>
    value === undefined ? [] : [[bareName(name), value]],
  );
  const own = Object.entries(given).map(([name, value]): [string, Json] => [bareName(name), value]);
  return new Map([...defaults, ...own]);
}

/** The number of items in a list that comes from inputs alone; undefined when only the run knows. */
async function lengthOf(
  services: Services,
  over: string | Json[],
  known: ReadonlyMap<string, Json>,
): Promise<number | undefined> {
  if (Array.isArray(over)) return over.length;
  try {
    const { source, variables } = parseBareOrTemplate(over);
    const names = [...variables.keys()];
    if (!names.every((name) => known.has(name))) return undefined;
    const values = Object.fromEntries(names.map((name) => [name, known.get(name)]));
    const startedAt = services.now().toISOString();
    const list = await createOwnEvaluator(thisProcess())(source, values, { startedAt, asList: true });
    return Array.isArray(list) ? list.length : undefined;
  } catch (error) {
    // `check` reports what is wrong with it.
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}
