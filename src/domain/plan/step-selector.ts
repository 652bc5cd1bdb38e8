import { bareName } from '../values/names.js';
import { stepAt, stepOutput } from './plan-steps.js';
import { withoutRounds } from './step-path.js';
import type { Plan } from './plan.js';

/** Whether a person means the step with this path: by the path, in whatever round where it has none, its name, or its output. */
export function isStep({ steps }: Plan, path: string, selector: string): boolean {
  if (path === selector || withoutRounds(path) === selector) return true;
  const step = stepAt(steps, path);
  if (step === undefined) return false;
  const output = stepOutput(step);
  return step.name === selector || (output !== undefined && bareName(output) === bareName(selector));
}
