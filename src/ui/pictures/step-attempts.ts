import type { RunEvent } from '../../domain/run/events.js';
import type { StepRecord } from '../../domain/run/run.js';

/** One try of a step. */
export interface Attempt {
  /** Milliseconds since 1970. */
  from: number;
  /** Undefined for one without an end. */
  to: number | undefined;
  isFailed: boolean;
  /** Why it failed. */
  why?: string | undefined;
}

/** The tries of each step of a run, by its path. */
export function attemptsIn(events: readonly RunEvent[]): Map<string, Attempt[]> {
  const tries = new Map<string, Attempt[]>();
  for (const event of events) {
    if (event.type === 'step.started') {
      const own = tries.get(event.path) ?? [];
      tries.set(event.path, own);
      // A step that is begun again after a pause is still in the same try.
      if (own.length < event.attempt || own.at(-1)?.to !== undefined) {
        own.push({ from: Date.parse(event.ts), to: undefined, isFailed: false });
      }
    } else if (event.type === 'step.completed' || event.type === 'step.failed') {
      const last = tries.get(event.path)?.at(-1);
      if (last === undefined) continue;
      last.to = Date.parse(event.ts);
      if (event.type === 'step.failed') Object.assign(last, { isFailed: true, why: event.error.message });
    }
  }
  return tries;
}

/** The same from the record of the step, as one try. */
export function attemptOf({ started_at: from, finished_at: to, status, error }: StepRecord): Attempt[] {
  const start = Date.parse(from);
  if (Number.isNaN(start) || status === 'skipped') return [];
  const end = to === null ? undefined : Date.parse(to);
  return [{ from: start, to: end, isFailed: status === 'failed', why: error?.message }];
}
