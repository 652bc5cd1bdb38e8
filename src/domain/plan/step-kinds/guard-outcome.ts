import type { Branch } from '../plan.js';

/** What the plan alone says of a condition. */
type Outcome = 'always' | 'never' | 'maybe';

/** A loop's condition is one for its rounds, every other step's for the step. */
export function outcomeOf({ when, condition }: Pick<Branch, 'when' | 'condition'>): Outcome {
  if (when === undefined) return condition ? 'maybe' : 'always';
  const [, value] = LITERAL.exec(when) ?? [];
  if (value === 'false') return 'never';
  return value === 'true' && !condition ? 'always' : 'maybe';
}

/** A condition that is written out; parentheses that do not match are reported elsewhere. */
const LITERAL = /^[\s({]*(true|false)[\s)}]*$/;
