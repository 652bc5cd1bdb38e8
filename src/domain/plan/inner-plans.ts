import type { AgentType } from '../values/agent-types.js';
import type { Plan, Step, SubPlanStep } from './plan.js';
import { insteadOf, toolsOfStep, workBlocks } from './plan-steps.js';
import { kindOf } from './step-kinds/step-kinds.js';

/** Stored plans by their id, as far as they are known. */
export interface KnownPlans {
  get(id: string): Plan | undefined;
}

/** What is read of a plan that a step runs. */
type InnerPlan = Pick<Plan, 'plan_context' | 'plan_inputs' | 'steps'> & { summarize?: unknown };

/** The plan that a step runs; undefined for a stored one that is not known. */
export function innerPlan({ plan }: SubPlanStep, plans: KnownPlans): InnerPlan | undefined {
  return typeof plan === 'string' ? plans.get(plan) : plan;
}

/** The totals of a plan, with the plans that its steps run and those inside them. */
export interface PlanCounts {
  /** Each plan counts as often as a step runs it. */
  steps: number;
  /** Ids of the tools that may be called, each once, sorted. */
  tools: string[];
  /** Model calls of one pass; `open` when there may be more. */
  calls: { least: number; open: boolean };
  /** Ids of the plans that are not known, and of those that run themselves. */
  unknown: string[];
}

/** Counts a plan with everything inside it. `agent`: how agents work that do not say. */
export function countPlan(
  plan: Pick<Plan, 'steps'> & { id?: unknown; summarize?: unknown },
  plans: KnownPlans,
  agent?: AgentType,
): PlanCounts {
  const counting = new Counting(plans, agent);
  const { steps, least, open } = counting.plan(plan, typeof plan.id === 'string' ? [plan.id] : []);
  return {
    steps,
    tools: [...counting.tools].sort(),
    calls: { least, open },
    unknown: [...counting.unknown].sort(),
  };
}

interface Sum {
  steps: number;
  least: number;
  open: boolean;
}

class Counting {
  readonly tools = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #plans: KnownPlans;
  readonly #agent: AgentType | undefined;
  // By id. Plans that run each other twice would otherwise be counted 2, 4, 8 … times.
  readonly #counted = new Map<string, Sum>();

  constructor(plans: KnownPlans, agent: AgentType | undefined) {
    this.#plans = plans;
    this.#agent = agent;
  }

  plan({ steps, summarize }: { steps: Step[]; summarize?: unknown }, around: string[]): Sum {
    const sum = this.#steps(steps, around);
    return summarize === true ? { ...sum, least: sum.least + 1 } : sum;
  }

  #steps(steps: Step[], around: string[]): Sum {
    return steps.map((step) => this.#step(step, around)).reduce(add, NOTHING);
  }

  #step(step: Step, around: string[]): Sum {
    for (const tool of toolsOfStep(step)) this.tools.add(tool);
    const own = { steps: 1, ...ownCalls(step, this.#agent) };
    const blocks = workBlocks(step).map((block) => this.#steps(block.steps, around));
    const instead = insteadOf(step)
      .map((block) => this.#steps(block.steps, around))
      .reduce(add, NOTHING);
    const inner = step.kind === 'plan' ? [this.#inner(step, around)] : blocks;
    const sum = [own, ...inner].reduce(add, NOTHING);
    const isOpen = sum.open || (kindOf(step).isLoop && sum.least > 0) || instead.least > 0 || instead.open;
    return { steps: sum.steps + instead.steps, least: sum.least, open: isOpen };
  }

  #inner(step: SubPlanStep, around: string[]): Sum {
    const plan = innerPlan(step, this.#plans);
    // One that is written inside of the step is met once, and cannot run itself.
    const id = typeof step.plan === 'string' ? step.plan : undefined;
    if (plan === undefined || (id !== undefined && around.includes(id))) {
      this.unknown.add(String(id));
      return { steps: 0, least: 0, open: true };
    }
    if (id === undefined) return this.plan(plan, around);
    const sum = this.#counted.get(id) ?? this.plan(plan, [...around, id]);
    this.#counted.set(id, sum);
    return sum;
  }
}

const NOTHING: Sum = { steps: 0, least: 0, open: false };

function add(one: Sum, other: Sum): Sum {
  return { steps: one.steps + other.steps, least: one.least + other.least, open: one.open || other.open };
}

/** The calls that the step itself makes: for its work, and to judge its conditions. */
function ownCalls(step: Step, agent: AgentType | undefined): Pick<Sum, 'least' | 'open'> {
  const kind = kindOf(step);
  const works = kind.modelCalls(step, agent);
  const sentences = [...kind.sentences(step), step.condition].filter(Boolean).length;
  return { least: works.least + sentences, open: works.most > works.least };
}
