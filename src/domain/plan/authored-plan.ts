import { completePlan } from './complete-plan.js';
import { ExpressionError } from '../expressions/expression-error.js';
import { canonicalJson } from '../values/json.js';
import { mapBlocks, taskTextFor } from './plan-steps.js';
import type { Plan, Step } from './plan.js';

/** The plan as its author wrote it: without each `task` and `inputs` that `completePlan` would make again. */
export function authoredPlan(plan: Plan): Plan {
  return { ...plan, steps: authoredSteps(plan, plan.steps) };
}

function authoredSteps(plan: Plan, steps: Step[]): Step[] {
  return steps.map((step) =>
    withoutMadeKeys(
      plan,
      mapBlocks(step, (inner) => authoredSteps(plan, inner)),
    ),
  );
}

const MADE_KEYS: readonly string[] = ['task', 'inputs'];

function withoutMadeKeys(plan: Plan, step: Step): Step {
  if (!MADE_KEYS.some((key) => key in step) || taskTextFor(step) === undefined) return step;
  const bare = pickKeys(step, (key) => !MADE_KEYS.includes(key));
  try {
    const [made] = completePlan({ ...plan, steps: [bare] }).steps.map((all) => new Map(Object.entries(all)));
    return pickKeys(
      step,
      (key, value) => !MADE_KEYS.includes(key) || canonicalJson(value) !== canonicalJson(made?.get(key)),
    );
  } catch (error) {
    // No texts can be made from a step whose expressions do not parse, so all that it has is its author's.
    if (error instanceof ExpressionError) return step;
    throw error;
  }
}

function pickKeys(step: Step, isWanted: (key: string, value: unknown) => boolean): Step {
  return Object.fromEntries(Object.entries(step).filter(([key, value]) => isWanted(key, value))) as unknown as Step;
}
