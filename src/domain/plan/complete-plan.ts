import { mapBlocks, taskTextFor } from './plan-steps.js';
import type { Plan, Step, Variable } from './plan.js';
import { namesTaken } from './step-references.js';

/** A plan never changes, so what it lacks is found once. */
const completed = new WeakMap<Plan, Plan>();

/**
 * The plan with a `task` and `inputs` in every step that leaves an output, made from the step where its author gave
 * none, so that a reader of the Python SDK's shape understands it. Expressions and templates must be well-formed.
 */
export function completePlan(plan: Plan): Plan {
  const known = completed.get(plan) ?? { ...plan, steps: completeSteps(plan.steps) };
  completed.set(plan, known);
  return known;
}

function completeSteps(steps: Step[]): Step[] {
  return steps.map((step) => withMadeKeys(mapBlocks(step, completeSteps)));
}

function withMadeKeys(step: Step): Step {
  const task = taskTextFor(step);
  if (task === undefined) return step;
  const given: { kind?: unknown; task?: unknown; inputs?: unknown } = step;
  return {
    ...(given.task === undefined && { task }),
    ...(given.inputs === undefined && { inputs: namesTaken(step).map(variable) }),
    ...step,
  };
}

function variable(name: string): Variable {
  return { name: `$${name}`, description: '' };
}
