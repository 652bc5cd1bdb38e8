import type { ErrorCode } from '../domain/errors.js';
import { isEndedByExit, type Run } from '../domain/run.js';

/**
 * The command that helps a run which has failed or stopped, with a remark. Expressions give the same from the same
 * values, and so does an `exit`: a resume would change nothing there.
 */
export function wayOn(run: Run, code: ErrorCode | undefined): string {
  const { id, state, plan_id: planId } = run;
  if (code !== undefined && EXPRESSION_ERRORS.has(code)) {
    return `portia edit ${planId}   # mend the expression, then run the new plan`;
  }
  if (isEndedByExit(run)) return `portia run-plan ${planId}   # a new run, with other inputs`;
  const next = `portia resume ${id}`;
  return state === 'FAILED' ? `${next}   # tries the step again` : next;
}

const EXPRESSION_ERRORS: ReadonlySet<ErrorCode> = new Set(['expression-failed', 'expression-endless']);
