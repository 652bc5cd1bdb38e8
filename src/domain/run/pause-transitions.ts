import type { EventOf } from './events.js';
import type { Run, StepRecord } from './run.js';

/** The run waits for a worker. */
export function queueRun(run: Run, { priority, labels = [], wake_at }: EventOf<'run.queued'>): void {
  run.queue = { priority, labels, tries: 0, ...(wake_at && { wake_at }) };
}

/** The run waits: for a person, a better time, or a time that it names. */
export function pauseRun(run: Run, event: EventOf<'run.paused'>): void {
  run.pause = { reason: event.reason, next: event.next, ...(event.wake_at && { wake_at: event.wake_at }) };
  // A worker wakes it, whoever started it.
  if (event.reason === 'time' && run.parent_run === undefined) run.queue ??= { priority: 0, labels: [], tries: 0 };
  if (run.queue !== undefined && event.reason === 'unavailable') run.queue.tries += 1;
  run.error = event.error ?? null;
  const open = run.outputs.clarifications.some((clarification) => !clarification.resolved);
  run.state = open ? 'NEED_CLARIFICATION' : 'IN_PROGRESS';
}

/** A step that waits says so, also after its run continued before the time had come. */
export function showWait(record: StepRecord): void {
  if (record.waits_until === undefined) return;
  record.status = 'waiting';
  record.reason = `until ${record.waits_until}`;
}
