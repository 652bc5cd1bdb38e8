import { digestValue } from './digest.js';
import type { Plan } from './plan.js';

/** SHA-256 of what a plan says, whatever its id and history: equal digests mean the same plan was approved. */
export function planDigest(plan: Pick<Plan, 'plan_context' | 'steps' | 'plan_inputs' | 'output_schema'>): string {
  const { plan_context, steps, plan_inputs, output_schema } = plan;
  return digestValue({ plan_context, steps, plan_inputs, output_schema });
}
