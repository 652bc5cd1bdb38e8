import { stepNumber } from '../domain/plan/step-path.js';
import type { StepRecord, StepStatus, StepTotals } from '../domain/run/run.js';
import { count } from './brief-value.js';
import type { LoopRounds } from './loop-rounds.js';
import { between } from './times.js';

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
 * not done, where it is: `(4 rounds, failed in 1[4])`, `(at 37 of 300)`. Empty for a step that was begun once.
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
  const isRepeated = all > 1;
  const parts = [
    ...(isRepeated ? [count(all, 'round')] : []),
    ...(isRepeated && skipped > 0 ? [`${skipped} skipped`] : []),
    ...(isRepeated && failed.length > 0 ? [`failed in ${failed.slice(0, MOST_FAILED).join(', ')}`] : []),
    ...(isRepeated && failed.length > MOST_FAILED ? [`${failed.length - MOST_FAILED} more`] : []),
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
  const finished = records.filter(({ status }) => status === 'completed' || status === 'skipped');
  const shown = finished.reduce((ms, step) => ms + (between(step.started_at, step.finished_at) ?? 0), 0);
  return {
    rounds: totals.completed + totals.skipped - finished.length,
    skipped: totals.skipped - finished.filter(({ status }) => status === 'skipped').length,
    ms: totals.ms - shown,
  };
}

/** Rounds that are named. */
const MOST_FAILED = 3;

/** The round around a step as people count: `1[4]`. */
function roundOf(path: string): string {
  return stepNumber(path.slice(0, path.lastIndexOf(']') + 1));
}
