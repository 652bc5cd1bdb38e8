import type { Step } from '../../domain/plan/plan.js';

/** Steps below each other that are all shown. */
const MOST = 200;
const FIRST = 20;
/** Steps that a person should see, and are kept. */
const MOST_NOTED = 100;

/** A step at its place, from 0, or steps that are folded together: the first and the last of them, from 1. */
type FoldedStep = { step: Step; index: number } | { first: number; last: number };

/** Of many steps below each other the first, those of note and the last; the others are folded together. */
export function foldedSteps(steps: readonly Step[], isNoted: (index: number) => boolean): FoldedStep[] {
  let noted = 0;
  const isShown = (index: number): boolean => {
    if (steps.length <= MOST || index < FIRST || index === steps.length - 1) return true;
    if (noted >= MOST_NOTED || !isNoted(index)) return false;
    noted += 1;
    return true;
  };
  const parts: FoldedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const before = parts.at(-1);
    if (isShown(index)) parts.push({ step, index });
    else if (before !== undefined && 'last' in before) before.last = index + 1;
    else parts.push({ first: index + 1, last: index + 1 });
  }
  return parts;
}
