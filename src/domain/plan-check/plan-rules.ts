import type { Problem } from '../errors.js';
import { depthOf, MAX_DEPTH } from '../values/json.js';
import { PlanCheck } from './plan-check.js';
import type { PlanContent, KnownToolsAndPlans } from './known-tools-and-plans.js';

export type { PlanContent, KnownToolsAndPlans } from './known-tools-and-plans.js';

/** Everything that there is to say about a plan, at once, each with a pointer. Pure; without errors it can be run. */
export function checkPlan(plan: PlanContent, known: KnownToolsAndPlans = {}): Problem[] {
  if (depthOf({ plan_inputs: plan.plan_inputs, steps: plan.steps }) > MAX_DEPTH) {
    const message = `The plan nests deeper than ${MAX_DEPTH} levels.`;
    return [
      { severity: 'error', rule: 'too-deep', message, pointer: '', fix: 'Move inner steps to a plan of their own.' },
    ];
  }
  const chain = typeof plan.id === 'string' ? [plan.id] : [];
  return new PlanCheck(plan, known, { at: '', nesting: { level: 0, chain, checked: new Map() } }).run().problems;
}
