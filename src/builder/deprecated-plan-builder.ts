import { PortiaError, type Problem } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { checkPlan } from '../domain/plan-check/plan-rules.js';
import { stepOutput } from '../domain/plan/plan-steps.js';
import type { Plan, Step } from '../domain/plan/plan.js';
import { finishPlan } from './finish-plan.js';
import type { Schema } from './step-options.js';
import { compact, StepWriter } from './step-writer.js';

/** A reference to the output of an earlier step or to a plan input. */
export interface Variable {
  name: string;
  description?: string | undefined;
}

/** The arguments of a step in their order; null and undefined stand for what is left out. */
export type StepArguments = [
  task: string,
  toolId?: string | null,
  output?: string | null,
  inputs?: readonly Variable[] | null,
  condition?: string | null,
  structuredOutputSchema?: Schema | null,
];

/**
 * Builds a plan step by step.
 * @deprecated Use `PlanBuilder` of `portia`: it has every kind of step, blocks, and checks what it builds.
 */
export class PlanBuilder {
  readonly #query: string;
  readonly #schema: Schema | null;
  readonly #steps: JsonObject[] = [];
  readonly #inputs: JsonObject[] = [];
  readonly #problems: Problem[] = [];

  constructor(query: string | null = null, structuredOutputSchema: Schema | null = null) {
    this.#query = query ?? '';
    this.#schema = structuredOutputSchema;
  }

  /** Adds a step. Its output is `$output_` and its index when none is given. */
  step(...[task, toolId, output, inputs, condition, structuredOutputSchema]: StepArguments): this {
    const index = this.#steps.length;
    const write = this.#writer(`/steps/${index}`);
    const step = compact({
      task,
      inputs: (inputs ?? []).map(({ name, description = '' }): Json => ({ name, description })),
      tool_id: toolId ?? null,
      output: output ?? `$output_${index}`,
      condition: condition ?? undefined,
      output_schema: write.schema(structuredOutputSchema ?? undefined, '/output_schema'),
    });
    this.#steps.push(step);
    return this;
  }

  /** Adds an input, the output of an earlier step, to a step: the last one when no index is given. */
  input(name: string, description: string | null = null, stepIndex: number | null = null): this {
    const { inputs } = this.#stepAt(stepIndex);
    (inputs as Json[]).push({ name, description: description ?? '' });
    return this;
  }

  /** Adds an input to the plan. */
  planInput(name: string, description: string): this {
    this.#inputs.push({ name, description });
    return this;
  }

  /** The same, as the Python SDK spells it. */
  plan_input(name: string, description: string): this {
    return this.planInput(name, description);
  }

  /** Sets the condition of a step: the last one when no index is given. */
  condition(condition: string, stepIndex: number | null = null): this {
    this.#stepAt(stepIndex)['condition'] = condition;
    return this;
  }

  /**
   * Requires a step to be added to the plan. Throws `invalid-plan` when there is none, when names are not unique, or when
   * a template cannot be read; whatever else is wrong is reported before a run.
   */
  build(): Plan {
    const problems = [...this.#problems];
    const write = this.#writer('', problems);
    const output_schema = write.schema(this.#schema ?? undefined, '/output_schema');
    return finishPlan(
      { query: this.#query, steps: this.#steps, inputs: this.#inputs, more: compact({ output_schema }) },
      {
        problems,
        check: (plan) => [
          ...missingSteps(plan.steps),
          ...brokenTemplates(plan),
          ...repeatedOutputs(plan.steps),
          ...repeatedInputs(plan),
        ],
      },
    );
  }

  #stepAt(stepIndex: number | null): JsonObject {
    const step = this.#steps[stepIndex ?? this.#steps.length - 1];
    if (step !== undefined) return step;
    const count = this.#steps.length;
    throw new PortiaError('invalid-plan', 'Invalid step index or no steps in the plan', {
      why: count === 0 ? 'The plan has no steps.' : `The steps have the indexes 0 to ${count - 1}.`,
      fix: 'Add the step with step() first, or give the index of one.',
    });
  }

  #writer(pointer: string, problems: Problem[] = this.#problems): StepWriter {
    return new StepWriter({
      report: ({ at, ...problem }) => problems.push({ severity: 'error', ...problem, pointer: pointer + at }),
      mention: () => undefined,
      describe: () => undefined,
    });
  }
}

function missingSteps(steps: Step[]): Problem[] {
  if (steps.length > 0) return [];
  const message = 'Building a plan requires a step to be added to the plan.';
  return [{ severity: 'error', rule: 'no-steps', message, pointer: '/steps', fix: 'Add one with step() first.' }];
}

function brokenTemplates(plan: Plan): Problem[] {
  return checkPlan(plan).filter(({ rule }) => rule === 'expression');
}

function repeatedOutputs(steps: Step[]): Problem[] {
  const names = steps.map((step) => JSON.stringify([bareName(stepOutput(step) ?? ''), step.condition ?? '']));
  return repeated(names).map((index) => ({
    severity: 'error',
    rule: 'duplicate-output',
    message: 'Outputs + conditions must be unique.',
    pointer: `/steps/${index}/output`,
    fix: 'Give the step another output or another condition.',
  }));
}

function repeatedInputs(plan: Plan): Problem[] {
  return repeated(plan.plan_inputs.map(({ name }) => bareName(name))).map((index) => ({
    severity: 'error',
    rule: 'duplicate-input',
    message: 'Plan input names must be unique.',
    pointer: `/plan_inputs/${index}/name`,
    fix: 'Remove one of them; $x and x are the same name.',
  }));
}

/** Indexes of the names that occur before. */
function repeated(names: string[]): number[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}
