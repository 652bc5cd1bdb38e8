import { locateProblems } from '../../documents/parse-document.js';
import type { LocatePointers } from '../../documents/positions.js';
import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import { invalidPlan, planProblems, readPlanDocument } from '../../storage/upgrade/upgrade.js';

/** A plan as somebody wrote it. */
export interface PlanDocument {
  /** What messages call it. */
  name: string;
  value: unknown;
  /** The places of its values in the text. */
  locate: LocatePointers;
}

/**
 * The plan in a document, and what a person should know about it. Rejects with `invalid-plan`, which says where in the
 * document every problem stands.
 */
export async function planOfDocument(
  { name, value, locate }: PlanDocument,
  createdAt: string,
): Promise<{ plan: Plan; warnings: string[] }> {
  try {
    return readPlanDocument(value, { createdAt, name });
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'invalid-plan') throw error;
    const errors = planProblems(value).filter(({ severity }) => severity === 'error');
    throw invalidPlan(name, await locateProblems(errors, locate));
  }
}
