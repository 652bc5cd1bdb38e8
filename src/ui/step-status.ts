import type { StepRecord, StepStatus } from '../domain/run.js';

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
