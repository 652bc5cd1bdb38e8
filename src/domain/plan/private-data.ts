import { ExpressionError } from '../expressions/expression-error.js';
import { innerPlan, type KnownPlans } from './inner-plans.js';
import { bareName } from '../values/names.js';
import {
  allSteps,
  FAILURE,
  FAILURES,
  insteadOf,
  keepsFailedItems,
  stepBlocks,
  stepOutput,
  toolsOfStep,
} from './plan-steps.js';
import type { ReactStep, Step } from './plan.js';
import { kindOf } from './step-kinds/step-kinds.js';
import { namesTaken } from './step-references.js';

/** What must be known of a tool to decide whether the user's own data leaves the machine. */
export interface DataTool {
  /** Its arguments leave the machine. */
  sends?: boolean | undefined;
  /** Its results are never the user's own data. Without this, they may be: files, data, mail. */
  isPublic?: boolean | undefined;
}

interface ToolsAndPlans {
  tools: { get(id: string): DataTool | undefined };
  plans: KnownPlans;
}

/** Bare names of values that may hold the user's own data. `given` are the inputs that do. */
export function privateNames(steps: Step[], given: Iterable<string>, at: ToolsAndPlans): ReadonlySet<string> {
  const names = new Set(given);
  const all = allSteps(steps);
  // A loop may hand a value back to a step before it.
  for (let size = -1; size !== names.size;) {
    size = names.size;
    for (const step of all) {
      if (!isPrivate(step, names, at)) continue;
      const output = stepOutput(step);
      if (output !== undefined) names.add(bareName(output));
      const item = kindOf(step).itemName(step);
      if (item !== undefined) names.add(item);
      // What a tool says of its failure may be of the data.
      if (insteadOf(step).length > 0 || keepsFailedItems(step)) names.add(FAILURE).add(FAILURES);
    }
  }
  return names;
}

/** Whether the step reads what is private, or takes it from others. */
function isPrivate(step: Step, names: ReadonlySet<string>, at: ToolsAndPlans): boolean {
  if (takesPrivate(step, names) || toolsOfStep(step).some((id) => at.tools.get(id)?.isPublic !== true)) return true;
  if (stepBlocks(step).some(({ steps }) => steps.some((inner) => isPrivate(inner, names, at)))) return true;
  // Whoever tells of an event sends data of the user with it.
  if (step.kind !== 'plan') return step.kind === 'wait_for';
  const plan = innerPlan(step, at.plans);
  return plan === undefined || readsPrivate(plan.steps, at, new Set());
}

/** Whether a plan reads what is private by itself, also in plans inside it. Each of them is looked at once. */
function readsPrivate(steps: Step[], at: ToolsAndPlans, seen: Set<Step[]>): boolean {
  if (seen.has(steps)) return false;
  seen.add(steps);
  return allSteps(steps).some((step) => {
    if (toolsOfStep(step).some((id) => at.tools.get(id)?.isPublic !== true)) return true;
    if (step.kind !== 'plan') return step.kind === 'wait_for';
    const plan = innerPlan(step, at.plans);
    return plan === undefined || readsPrivate(plan.steps, at, seen);
  });
}

/** Whether the step takes one of these values. */
export function takesPrivate(step: Step, names: ReadonlySet<string>): boolean {
  try {
    return namesTaken(step).some((name) => names.has(bareName(name)));
  } catch (error) {
    // What it takes is not known, so it counts as private.
    if (error instanceof ExpressionError) return true;
    throw error;
  }
}

/**
 * Whether an agent could send what is private with this tool: it has other tools, and one of them or an input gives it
 * something private. A step whose only tool sends is shown with what goes out, so the yes to the plan covers it.
 */
export function maySendPrivate(
  step: ReactStep,
  toolId: string,
  { tools, names }: { tools: ToolsAndPlans['tools']; names: ReadonlySet<string> },
): boolean {
  const others = new Set(step.tools.filter((id) => id !== toolId));
  if (others.size === 0 || tools.get(toolId)?.sends !== true || step.sends === 'allow') return false;
  return takesPrivate(step, names) || [...others].some((id) => tools.get(id)?.isPublic !== true);
}
