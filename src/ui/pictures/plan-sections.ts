import type { Step } from '../../domain/plan/plan.js';
import { handlerOf, workBlocks } from '../../domain/plan/plan-steps.js';
import type { StepBlock } from '../../domain/plan/step-kinds/step-kind.js';

/** Steps in a step, with the words above them. */
export interface Section {
  /** When they are done: `when $x > 1`, `else`, `on error`; undefined where they always are. */
  label: string | undefined;
  /** One of several, which can stand beside the others. */
  isBranch: boolean;
  block: StepBlock;
}

/** What is drawn in a step: its branches, its body, the steps of a plan that is written in it, what is done on error. */
export function sectionsOf(step: Step): Section[] {
  const isIf = step.kind === 'if';
  const work = workBlocks(step).map((block) => ({ block, isBranch: isIf, label: isIf ? labelOf(block) : undefined }));
  const plan =
    step.kind === 'plan' && typeof step.plan !== 'string'
      ? [{ block: { at: '/plan/steps', path: '.plan', steps: step.plan.steps }, isBranch: false, label: undefined }]
      : [];
  const handler = handlerOf(step);
  return [...work, ...plan, ...(handler === undefined ? [] : [{ block: handler, isBranch: false, label: 'on error' }])];
}

function labelOf({ guard }: StepBlock): string {
  if (guard?.when !== undefined) return `when ${guard.when}`;
  return typeof guard?.condition === 'string' && guard.condition !== '' ? `if ${guard.condition}` : 'else';
}
