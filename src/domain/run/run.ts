import type { Output, Run, StoredValue } from './run-schema.js';

export type {
  FailedItems,
  Output,
  ParentRun,
  LocalValue,
  StoredValue,
  StepRecord,
  StepTotals,
  Run,
} from './run-schema.js';

export {
  isRunState,
  PAUSE_REASONS,
  RUN_STATES,
  type PauseReason,
  type RunState,
  type StepStatus,
} from './run-states.js';

/** The end user when nobody is named: the Python SDK's. */
export const DEFAULT_END_USER = 'portia:default_user';

/** Whether an `exit` of the plan, or of one inside it, ended the run as failed: a resume would end in the same way. */
export function isEndedByExit({ state, error, steps }: Run): boolean {
  if (state !== 'FAILED') return false;
  return error?.by_exit === true || steps.some(({ path, status }) => path === error?.step && status === 'completed');
}

/** Whether it was stopped at a step that waits for a time or an event. */
export function isAwaiting({ pause }: Pick<Run, 'pause'>): boolean {
  return pause?.reason === 'time' || pause?.waits_for !== undefined;
}

/** Nothing can change it. */
export function isFinal(run: Run): boolean {
  return run.state === 'COMPLETE' || (run.state === 'FAILED' && !isRetryable(run));
}

/** A run that failed by a step may be tried again; one that a person ended may not. */
export function isRetryable(run: Run): boolean {
  return run.state === 'FAILED' && run.error !== null && run.error.code !== 'declined';
}

export function isStored(output: Output): output is StoredValue {
  return !('value' in output);
}
