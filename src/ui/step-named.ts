import type { Plan } from '../domain/plan/plan.js';
import { stepLines } from './step-lines.js';

/** The path of a step that is named by its number as people see it, like `6.1`, or by its path; undefined when there is none. */
export function stepNamed({ steps }: Plan, name: string): string | undefined {
  const typed = name.trim();
  const lines = stepLines(steps);
  return (lines.find(({ number }) => number === typed) ?? lines.find(({ path }) => path === typed))?.path;
}
