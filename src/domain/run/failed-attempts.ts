import type { RunEvent } from './events.js';

/** An attempt at a step that failed, and after which the step was tried again. */
export interface FailedAttempt {
  path: string;
  /** From 1. */
  attempt: number;
  message: string;
}

/** The oldest first. */
export function failedAttempts(events: readonly RunEvent[]): FailedAttempt[] {
  const last = new Map<string, number>();
  for (const event of events) if (event.type === 'step.started') last.set(event.path, event.attempt);
  return events.flatMap((event) => {
    if (event.type !== 'step.failed' || event.attempt >= (last.get(event.path) ?? 0)) return [];
    return [{ path: event.path, attempt: event.attempt, message: event.error.message }];
  });
}
