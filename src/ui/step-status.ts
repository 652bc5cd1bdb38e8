import { stepNumber } from '../domain/plan/step-path.js';
import { isEndedByExit, type Run, type StepRecord, type StepStatus, type StepTotals } from '../domain/run/run.js';
import { count } from './brief-value.js';
import type { LoopRounds } from './loop-rounds.js';
import { between, duration } from './times.js';

/**
 * The status of each line of a plan in a run, by its path without iterations. The head of a branch has no record, and
 * neither has what a finished block passed over (a branch not taken, a loop over nothing).
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
 * In how many rounds of its loops a step was begun, how many passed it over, and in which it failed; of a loop that is
 * not done, where it is, and how many items failed while it continued: `(4 rounds, failed in 1[4])`, `(at 37 of 300)`. Empty for a step that was begun once.
 */
export function roundsText(
  records: readonly StepRecord[],
  rounds: LoopRounds,
  leftOut: Pick<LeftOut, 'rounds' | 'skipped'> = NOTHING_LEFT_OUT,
): string {
  const all = records.length + leftOut.rounds;
  const skipped = records.filter(({ status }) => status === 'skipped').length + leftOut.skipped;
  const failed = records.filter(({ status }) => status === 'failed').map(({ path }) => roundOf(path));
  const last = records.at(-1);
  const at = last === undefined || last.status === 'completed' ? '' : rounds.textOf(last.path);
  const items = records.reduce((sum, record) => sum + (record.failed?.count ?? 0), 0);
  const isRepeated = all > 1;
  const parts = [
    ...(isRepeated ? [count(all, 'round')] : []),
    ...(isRepeated && skipped > 0 ? [`${skipped} skipped`] : []),
    ...(isRepeated && failed.length > 0 ? [`failed in ${failed.slice(0, MOST_FAILED).join(', ')}`] : []),
    ...(isRepeated && failed.length > MOST_FAILED ? [`${failed.length - MOST_FAILED} more`] : []),
    ...(items > 0 ? [`${count(items, 'item')} failed`] : []),
    ...(at === '' ? [] : [`at ${at}`]),
  ];
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

/** What a run does not show of a step in a long loop. */
export interface LeftOut {
  rounds: number;
  skipped: number;
  ms: number;
}

const NOTHING_LEFT_OUT: LeftOut = { rounds: 0, skipped: 0, ms: 0 };

/** By how much the numbers of all rounds exceed the records of a step. */
export function leftOutOf(totals: StepTotals | undefined, records: readonly StepRecord[]): LeftOut {
  if (totals === undefined) return NOTHING_LEFT_OUT;
  const finished = records.filter(isCounted);
  const shown = finished.reduce((ms, step) => ms + (between(step.started_at, step.finished_at) ?? 0), 0);
  return {
    rounds: totals.completed + totals.skipped + (totals.failed ?? 0) - finished.length,
    skipped: totals.skipped - finished.filter(({ status }) => status === 'skipped').length,
    ms: totals.ms - shown,
  };
}

/** How long the records of a step took, with those that the run does not show. Empty when none has ended. */
export function timeOf(records: readonly StepRecord[], leftOutMs: number): string {
  const times = records.flatMap((record) => between(record.started_at, record.finished_at) ?? []);
  return times.length === 0 ? '' : duration(times.reduce((sum, time) => sum + time, leftOutMs));
}

/** Whether the totals of its step count it: it is not tried again. */
function isCounted({ path, status, caught_by: caughtBy }: StepRecord): boolean {
  if (status === 'failed') return caughtBy !== undefined && caughtBy !== path;
  return status === 'completed' || status === 'skipped';
}

/** Rounds that are named. */
const MOST_FAILED = 3;

/** The round around a step as people count: `1[4]`. */
function roundOf(path: string): string {
  return stepNumber(path.slice(0, path.lastIndexOf(']') + 1));
}

/** An `exit` with an error is done, and is where the run failed. */
export function statusShown(run: Run, last: StepRecord | undefined): StepStatus | undefined {
  return last !== undefined && last.path === run.error?.step && isEndedByExit(run) ? 'failed' : last?.status;
}
