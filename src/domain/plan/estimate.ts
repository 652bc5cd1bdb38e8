import type { ModelRole } from '../values/model-roles.js';
import type { Json } from '../values/json.js';
import type { AgentType } from '../values/agent-types.js';
import type { AskedModel } from './asked-models.js';
import { innerPlan, type KnownPlans } from './inner-plans.js';
import { LLM_TOOL } from './llm-tool.js';
import type { ForEachStep, IfStep, Plan, Step, SubPlanStep, WhileStep } from './plan.js';
import { allSteps, insteadOf } from './plan-steps.js';
import { outcomeOf } from './step-kinds/guard-outcome.js';
import type { Bounds } from './step-kinds/step-kind.js';
import { kindOf } from './step-kinds/step-kinds.js';

/** Tokens that a reply, or a value that is only known in the run, is taken to have. */
export const REPLY_TOKENS = 300;
export const VALUE_TOKENS = 500;

/** What a run asks of one model. */
export interface AskedEstimate extends AskedModel {
  calls: Bounds;
  inputTokens: Bounds;
  outputTokens: Bounds;
}

/** What a run of a plan takes, where every reply can be used and no step fails. */
export interface PlanEstimate {
  calls: Bounds;
  asked: AskedEstimate[];
  /** The steps without an upper limit, by their paths, and why. */
  open: { path: string; why: string }[];
  /** Ids of the plans inside that are not known. */
  unknown: string[];
}

/** What an estimate is made from, beside the plan. */
export interface EstimateParts {
  plans: KnownPlans;
  /** Input tokens of one call. */
  sizes: { work(step: Step): number; sentence(sentence: string): number; summary(): number };
  /** How many items a list has that plan inputs alone give; undefined when only the run knows. */
  lengthOf(over: string | Json[]): Promise<number | undefined>;
  /** Whether a summary is made, whatever the plan says. */
  summarize: boolean;
  /** How agents work that do not say. */
  agent: AgentType;
}

/** Bounds of the model calls and tokens of one run of the plan, from the plan itself. */
export async function estimatePlan(plan: Plan, parts: EstimateParts): Promise<PlanEstimate> {
  const estimating = new Estimating(parts);
  const own = await estimating.plan(plan, { path: '', around: [plan.id], lengthOf: parts.lengthOf });
  const shaped =
    plan.output_schema === undefined ? NOTHING : atMost(estimating.call('summarizer', parts.sizes.summary()));
  const summary =
    parts.summarize && plan.summarize !== true ? estimating.call('summarizer', parts.sizes.summary()) : NOTHING;
  const asked = [...sequence([own, shaped, summary]).values()];
  return {
    calls: asked.map(({ calls }) => calls).reduce(plus, ZERO),
    asked,
    open: estimating.open,
    unknown: [...estimating.unknown],
  };
}

/** By model. */
type Amounts = ReadonlyMap<string, AskedEstimate>;

const NOTHING: Amounts = new Map();
const ZERO: Bounds = { least: 0, most: 0 };

interface Place {
  path: string;
  /** Ids of the plans that lead here. */
  around: string[];
  lengthOf: EstimateParts['lengthOf'];
}

class Estimating {
  readonly open: PlanEstimate['open'] = [];
  readonly unknown = new Set<string>();
  readonly #parts: EstimateParts;

  constructor(parts: EstimateParts) {
    this.#parts = parts;
  }

  call(role: ModelRole, tokens: number, more: { name?: string | undefined; calls?: Bounds } = {}): Amounts {
    const { name, calls = { least: 1, most: 1 } } = more;
    const grown = (VALUE_TOKENS * calls.most * (calls.most - 1)) / 2;
    const inputTokens = { least: calls.least * tokens, most: calls.most * tokens + grown };
    const outputTokens = { least: calls.least * REPLY_TOKENS, most: calls.most * REPLY_TOKENS };
    return new Map([[JSON.stringify([role, name]), { role, name, calls, inputTokens, outputTokens }]]);
  }

  async plan({ steps, summarize }: Pick<Plan, 'steps'> & { summarize?: unknown }, at: Place): Promise<Amounts> {
    const own = await this.#steps(steps, at);
    return summarize === true ? sequence([own, this.call('summarizer', this.#parts.sizes.summary())]) : own;
  }

  async #steps(steps: Step[], at: Place): Promise<Amounts> {
    const parts: Amounts[] = [];
    let mayBeOver = false;
    for (const [index, step] of steps.entries()) {
      const part = await this.#step(step, { ...at, path: `${at.path}${index}` });
      parts.push(mayBeOver ? atMost(part) : part);
      mayBeOver ||= allSteps([step]).some(({ kind }) => kind === 'exit');
    }
    return sequence(parts);
  }

  async #step(step: Step, at: Place): Promise<Amounts> {
    const work = sequence([this.#work(step), await this.#inside(step, at)]);
    const instead = [];
    for (const { steps, path } of insteadOf(step)) {
      instead.push(atMost(await this.#steps(steps, { ...at, path: `${at.path}${path}.` })));
    }
    const done = sequence([work, ...instead]);
    if (kindOf(step).decidesRounds) return done;
    return sequence([this.#sentences([step.condition]), outcomeOf(step) === 'always' ? done : atMost(done)]);
  }

  #work(step: Step): Amounts {
    const { least, most } = kindOf(step).modelCalls(step, this.#parts.agent);
    const tokens = this.#parts.sizes.work(step);
    const ofTool = step.kind === 'tool' && step.tool_id === LLM_TOOL ? this.call('execution', tokens) : NOTHING;
    if (most === 0) return ofTool;
    const name = 'model' in step && typeof step.model === 'string' ? step.model : undefined;
    return sequence([ofTool, this.call('execution', tokens, { name, calls: { least, most } })]);
  }

  #sentences(sentences: readonly (string | null | undefined)[]): Amounts {
    const { sizes } = this.#parts;
    return sequence(
      sentences.map((sentence) => (sentence ? this.call('introspection', sizes.sentence(sentence)) : NOTHING)),
    );
  }

  async #inside(step: Step, at: Place): Promise<Amounts> {
    switch (step.kind) {
      case 'if':
        return this.#branches(step, at);
      case 'for_each':
        return this.#forEach(step, at);
      case 'while':
      case 'do_while':
        return this.#while(step, at);
      case 'plan':
        return this.#subPlan(step, at);
      case undefined:
      case 'tool':
      case 'llm':
      case 'react':
      case 'compute':
      case 'user_input':
      case 'user_verify':
      case 'wait':
      case 'wait_for':
      case 'exit':
        return NOTHING;
    }
  }

  /** Up to the branch that is taken, each sentence is judged. */
  async #branches(step: IfStep, at: Place): Promise<Amounts> {
    const ways: Amounts[] = [];
    let judged = NOTHING;
    for (const [index, { condition, steps }] of step.branches.entries()) {
      judged = sequence([judged, this.#sentences([condition])]);
      ways.push(sequence([judged, await this.#steps(steps, { ...at, path: `${at.path}.branches.${index}.steps.` })]));
    }
    ways.push(sequence([judged, await this.#steps(step.else ?? [], { ...at, path: `${at.path}.else.` })]));
    return oneOf(ways);
  }

  async #forEach(step: ForEachStep, at: Place): Promise<Amounts> {
    const rounds = await at.lengthOf(step.over);
    const why = 'the length of its list is only known in the run';
    return this.#rounds(step, at, { rounds: boundsOf(rounds), why });
  }

  async #while(step: WhileStep, at: Place): Promise<Amounts> {
    const most = step.max_iterations ?? Infinity;
    const isFirst = step.kind === 'do_while';
    const rounds = { least: isFirst ? 1 : 0, most };
    const judged = times(this.#sentences([step.condition]), { least: 1, most: isFirst ? most : most + 1 });
    const why = 'it has no max_iterations';
    if (judged.size > 0 && most === Infinity) this.open.push({ path: at.path, why });
    return sequence([judged, await this.#rounds(step, at, { rounds, why })]);
  }

  async #rounds(
    step: ForEachStep | WhileStep,
    at: Place,
    { rounds, why }: { rounds: Bounds; why: string },
  ): Promise<Amounts> {
    const round = await this.#steps(step.steps, { ...at, path: `${at.path}.steps.` });
    const isOpen = rounds.most === Infinity && round.size > 0;
    if (isOpen && !this.open.some(({ path }) => path === at.path)) this.open.push({ path: at.path, why });
    return times(round, rounds);
  }

  async #subPlan(step: SubPlanStep, at: Place): Promise<Amounts> {
    const plan = innerPlan(step, this.#parts.plans);
    const id = typeof step.plan === 'string' ? step.plan : undefined;
    if (plan === undefined || (id !== undefined && at.around.includes(id))) {
      this.unknown.add(String(id));
      return NOTHING;
    }
    const around = id === undefined ? at.around : [...at.around, id];
    // Its inputs are values of the run around it.
    const lengthOf: Place['lengthOf'] = async (over) => (Array.isArray(over) ? over.length : undefined);
    return this.plan(plan, { path: `${at.path}.plan.`, around, lengthOf });
  }
}

function boundsOf(rounds: number | undefined): Bounds {
  return rounds === undefined ? { least: 0, most: Infinity } : { least: rounds, most: rounds };
}

function sequence(parts: readonly Amounts[]): Amounts {
  return combine(parts, plus);
}

/** Exactly one of them is done. */
function oneOf(ways: readonly Amounts[]): Amounts {
  const keys = new Set(ways.flatMap((way) => [...way.keys()]));
  const all = ways.map((way) => new Map([...keys].map((key) => [key, way.get(key) ?? none(ways, key)] as const)));
  return combine(all, (one, other) => ({
    least: Math.min(one.least, other.least),
    most: Math.max(one.most, other.most),
  }));
}

function none(ways: readonly Amounts[], key: string): AskedEstimate {
  const known = ways.map((way) => way.get(key)).find((estimate) => estimate !== undefined);
  return { role: known?.role ?? 'execution', name: known?.name, calls: ZERO, inputTokens: ZERO, outputTokens: ZERO };
}

function combine(parts: readonly Amounts[], merge: (one: Bounds, other: Bounds) => Bounds): Amounts {
  const sum = new Map<string, AskedEstimate>();
  for (const part of parts) {
    for (const [key, estimate] of part) {
      const known = sum.get(key);
      sum.set(key, known === undefined ? estimate : mapTwo(known, estimate, merge));
    }
  }
  return sum;
}

function mapTwo(one: AskedEstimate, other: AskedEstimate, merge: (a: Bounds, b: Bounds) => Bounds): AskedEstimate {
  return {
    ...one,
    calls: merge(one.calls, other.calls),
    inputTokens: merge(one.inputTokens, other.inputTokens),
    outputTokens: merge(one.outputTokens, other.outputTokens),
  };
}

function plus(one: Bounds, other: Bounds): Bounds {
  return { least: one.least + other.least, most: one.most + other.most };
}

/** For what may not be done at all. */
function atMost(amounts: Amounts): Amounts {
  return times(amounts, { least: 0, most: 1 });
}

function times(amounts: Amounts, rounds: Bounds): Amounts {
  const by = (bounds: Bounds): Bounds => ({
    least: bounds.least * rounds.least,
    // 0 times Infinity would be NaN.
    most: bounds.most === 0 || rounds.most === 0 ? 0 : bounds.most * rounds.most,
  });
  return new Map(
    [...amounts].map(([key, one]) => [
      key,
      { ...one, calls: by(one.calls), inputTokens: by(one.inputTokens), outputTokens: by(one.outputTokens) },
    ]),
  );
}
