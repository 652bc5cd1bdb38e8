import { passingBlocks, roundBlocks } from '../domain/plan/plan-steps.js';
import type { Plan, Step } from '../domain/plan/plan.js';
import { subPlanKey, type SubPlanReference, type SubPlans } from '../domain/plan/sub-plans.js';

/** The steps that may still run, those of their blocks and of the plans inside among them. */
export function stepsAhead(
  { plan, subPlans }: { plan: Plan; subPlans: SubPlans },
  isFinished: (path: string) => boolean,
): Step[] {
  const ahead: Step[] = [];
  const visit = (steps: Step[], prefix: string) => {
    for (const [index, step] of steps.entries()) {
      const path = `${prefix}${index}`;
      if (isFinished(path)) continue;
      ahead.push(step);
      // The steps of a loop, and those of another run, have paths of their own: any of them may come again.
      for (const block of roundBlocks(step)) visit(block.steps, '?');
      for (const block of passingBlocks(step)) visit(block.steps, `${path}${block.path}.`);
      if (step.kind === 'plan') visit(subPlans.get(subPlanKey(step.plan as SubPlanReference))?.steps ?? [], '?');
    }
  };
  visit(plan.steps, '');
  return ahead;
}
