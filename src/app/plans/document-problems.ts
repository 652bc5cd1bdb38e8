import type { Problem } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import { usablePart } from '../../domain/plan-check/shape/usable-part.js';
import {
  planProblems,
  readPlanDocument,
  tryPlanDocument,
  type DocumentOptions,
} from '../../storage/upgrade/upgrade.js';

/**
 * Every problem of a plan document: the problems of its shape, and what `check` finds in the parts with the right
 * shape.
 */
export async function documentProblems(
  value: unknown,
  { check, ...options }: DocumentOptions & { check: (plan: Plan) => Promise<Problem[]> },
): Promise<Problem[]> {
  const whole = tryPlanDocument(value, options);
  if (whole.plan !== undefined) return [...whole.problems, ...(await check(whole.plan))];
  const usable = usablePart(value, planProblems);
  if (usable === undefined) return planProblems(value);
  const { plan } = readPlanDocument(usable.document, options);
  return [...usable.shape, ...usable.hold(await check(plan))];
}
