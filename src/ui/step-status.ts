import { stepNumber } from '../domain/plan/step-path.js';
import type { StepRecord, StepStatus } from '../domain/run/run.js';
import { count } from './brief-value.js';

/**
 * How each line of a plan stands in a run, by its path without iterations. The head of a branch has no record, and what
 * a finished block passed over (a branch not taken, a loop over nothing) has none either.
 */
export function stepStatuses(records: ReadonlyMap<string, StepRecord[]>): (path: string) => StepStatus | undefined {
  const entered = new Set([...records.keys()].flatMap(pathsAround));
  const own = (path: string) => records.get(path)?.at(-1)?.status;
  return (path) => {
    const status = own(path);
    if (status !== undefined) return status;
    const [around] = pathsAround(path).flatMap((outer) => own(outer) ?? []);
    if (entered.has(path)) return around;
    return around === 'completed' || around === 'skipped' ? 'skipped' : undefined;
  };
}

/** `3.branches.0.steps`, `3.branches.0`, `3.branches`, `3` for `3.branches.0.steps.1`. */
function pathsAround(path: string): string[] {
  const end = path.lastIndexOf('.');
  return end < 0 ? [] : [path.slice(0, end), ...pathsAround(path.slice(0, end))];
}

/**
 * In how many rounds of its loops a step was begun, how many passed it over, and in which it failed: `(4 rounds, failed
 * in 1[4])`. Empty for a step that was begun once.
 */
export function roundsText(records: readonly StepRecord[]): string {
  if (records.length < 2) return '';
  const skipped = records.filter(({ status }) => status === 'skipped').length;
  const failed = records.filter(({ status }) => status === 'failed').map(({ path }) => roundOf(path));
  return `(${[
    count(records.length, 'round'),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(failed.length === 0 ? [] : [`failed in ${failed.slice(0, MOST_FAILED).join(', ')}`]),
    ...(failed.length <= MOST_FAILED ? [] : [`${failed.length - MOST_FAILED} more`]),
  ].join(', ')})`;
}

/** Rounds that are named. */
const MOST_FAILED = 3;

/** The round around a step as people count: `1[4]`. */
function roundOf(path: string): string {
  return stepNumber(path.slice(0, path.lastIndexOf(']') + 1));
}
