import { canonicalJson } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import { passingBlocks, stepOutput, taskTextFor } from '../domain/plan/plan-steps.js';
import type { AgentStep, ComputeStep, LlmStep, Step, ToolStep } from '../domain/plan/plan.js';

/** A step in the shape of a reply. */
interface RepliedStep {
  task: string | undefined;
  inputs: { name: string; description: string }[];
  tool_id: string | null;
  output: string;
  condition: string | null;
  when: string | null;
  writes: string[] | null;
}

/** A step as a reply would say it; undefined for what a reply cannot have: blocks, and steps that ask or leave nothing. */
export function asReplied(step: Step): RepliedStep | undefined {
  if (!isReplyable(step)) return undefined;
  const { inputs = [], output, condition } = step;
  const tool_id = step.kind === undefined || step.kind === 'tool' ? step.tool_id : null;
  return {
    task: step.task ?? taskTextFor(step),
    inputs,
    tool_id,
    output,
    condition: condition || null,
    when: step.when ?? null,
    writes: (step.kind === undefined ? step.writes : undefined) ?? null,
  };
}

function isReplyable(step: Step): step is AgentStep | LlmStep | ToolStep | ComputeStep {
  return step.kind === undefined || step.kind === 'llm' || step.kind === 'tool' || step.kind === 'compute';
}

/** The steps of a plan that is refined, as a reply refers to them. */
export class OldSteps {
  readonly #steps: readonly Step[];
  readonly #bySaying = new Map<string, Step>();
  readonly #byOutput = new Map<string, Step>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    for (const step of steps) {
      const said = sayingOf(step);
      if (said !== undefined) this.#bySaying.set(said, step);
      const output = stepOutput(step);
      if (output !== undefined) this.#byOutput.set(bareName(output), step);
    }
  }

  get count(): number {
    return this.#steps.length;
  }

  /** `number` counts from 0. */
  get(number: number): Step | undefined {
    return this.#steps[number];
  }

  /** The old step itself when the reply repeats what the simple form can say of it, else the one that was replied. */
  sameAs(step: AgentStep): Step {
    return this.#bySaying.get(sayingOf(step) ?? '') ?? step;
  }

  /** The old step itself when the reply repeats all of it, else the one that was replied. */
  wholeAs(step: AgentStep): Step {
    const old = this.sameAs(step);
    return canonicalJson(unsaidOf(old)) === canonicalJson(unsaidOf(step)) ? old : step;
  }

  /** The same, with what the simple form cannot say (retries, a time limit, a model) from the old step of that output. */
  restore(step: AgentStep): Step {
    const repeated = this.sameAs(step);
    if (repeated !== step) return repeated;
    const old = this.#byOutput.get(bareName(step.output));
    if (old === undefined || !isSameWork(old, step)) return step;
    const { when: _when, condition: _condition, writes: _writes, ...rest } = old;
    const { tool_id, ...said } = step;
    return old.kind === undefined ? { ...rest, tool_id, ...said } : ({ ...rest, ...said } as LlmStep);
  }
}

function isSameWork(old: Step, step: AgentStep): old is AgentStep | LlmStep {
  return old.kind === undefined || (old.kind === 'llm' && (step.tool_id ?? LLM_TOOL) === LLM_TOOL);
}

/** What the simple form cannot say. */
function unsaidOf(step: Step): object {
  const said = new Set(Object.keys(asReplied(step) ?? {}));
  return Object.fromEntries(Object.entries(step).filter(([key]) => !said.has(key)));
}

/** Equal for steps that say the same. */
function sayingOf(step: Step): string | undefined {
  const replied = asReplied(step);
  if (replied === undefined) return undefined;
  const { inputs, output, tool_id: id, ...rest } = replied;
  return canonicalJson({
    ...rest,
    inputs: inputs.map(({ name, description }) => [bareName(name), description]),
    output: bareName(output),
    tool_id: id ?? LLM_TOOL,
  });
}

/** Bare names that steps after this one can use: its own, or those that its branches leave. */
export function namesLeft(step: Step): string[] {
  const output = stepOutput(step);
  const inside = passingBlocks(step).flatMap((block) => block.steps.flatMap(namesLeft));
  return output === undefined ? inside : [bareName(output), ...inside];
}
