import type { Plan } from '../../domain/plan/plan.js';
import { allSteps } from '../../domain/plan/plan-steps.js';
import { kindOf } from '../../domain/plan/step-kinds/step-kinds.js';

/**
 * Drives a run of the plan. From the first rounds of a loop V8 concludes that what they make lives long, and puts what
 * all the others make where only a full collection removes it: a third more memory, and more work.
 */
export async function inLittleMemory<Result>(plan: Plan | undefined, work: () => Promise<Result>): Promise<Result> {
  if (plan === undefined || !allSteps(plan.steps).some((step) => kindOf(step).isLoop)) return work();
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--no-allocation-site-pretenuring');
  try {
    return await work();
  } finally {
    // The code that is kept at the end is for starts with the usual flags.
    setFlagsFromString('--allocation-site-pretenuring');
  }
}
