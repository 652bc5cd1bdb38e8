import type { Step } from '../plan/plan.js';
import { handlerOf } from '../plan/plan-steps.js';
import type { ProblemList } from './problem-list.js';

/** `on_error` on a step that cannot fail: what is written there is never done. */
export function checkHandlerIsUsed(step: Step, at: string, problems: ProblemList): void {
  if (handlerOf(step) === undefined || canFail(step)) return;
  const isQuestion = step.kind === 'user_verify';
  problems.warn('unused-on-error', {
    message: isQuestion
      ? 'The steps of on_error are never done: a no is not a failure.'
      : 'The steps of on_error are never done: this step only ends the run.',
    pointer: `${at}/on_error`,
    fix: isQuestion ? 'Remove on_error, and say with on_no what a no does.' : 'Remove on_error.',
  });
}

/** A template or a condition that cannot be evaluated is a failure of any step. */
function canFail(step: Step): boolean {
  if (step.kind !== 'exit' && step.kind !== 'user_verify') return true;
  return step.message.includes('{{') || step.when !== undefined || step.condition !== undefined;
}
