import type { Run } from './run.js';

/**
 * Whether a record shows all that later events change, so that a fold can continue from it: a failed run hides steps, a
 * shortened one lacks some, and what runs inside had used when the run was paused is not in it.
 */
export function hasAllThatChanges({ state, pause, steps, step_totals: totals, metadata }: Run): boolean {
  if (state === 'FAILED' || metadata.shortened === true) return false;
  return pause === null || (totals === undefined && steps.every(({ sub_run: inside }) => inside === undefined));
}
