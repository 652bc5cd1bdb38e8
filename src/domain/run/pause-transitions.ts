import type { EventOf } from './events.js';
import type { Run, StepRecord } from './run.js';
import { eventText, type AwaitedEvent } from './signals.js';

/** The run waits for a worker, or for one of a certain machine. */
export function leaveToWorkers(run: Run, event: EventOf<'run.queued' | 'run.placed'>): void {
  if (event.type === 'run.placed') {
    run.keeps_to = { host: event.host, machine: event.machine };
    return;
  }
  const { priority, labels = [], wake_at } = event;
  run.queue = { priority, labels, tries: 0, ...(wake_at && { wake_at }) };
}

/** The run waits: for a person, a better time, an event, or a time that it names. */
export function pauseRun(run: Run, event: EventOf<'run.paused'>): void {
  const { reason, next, wake_at, waits_for } = event;
  run.pause = { reason, next, ...(wake_at && { wake_at }), ...(waits_for && { waits_for }) };
  // A worker wakes it, whoever started it.
  if ((wake_at !== undefined || waits_for !== undefined) && run.parent_run === undefined)
    run.queue ??= { priority: 0, labels: [], tries: 0 };
  if (run.queue !== undefined && reason === 'unavailable') run.queue.tries += 1;
  run.error = event.error ?? null;
  const open = run.outputs.clarifications.some((clarification) => !clarification.resolved);
  run.state = open ? 'NEED_CLARIFICATION' : 'IN_PROGRESS';
}

export function beginWait(record: StepRecord, { until, waits_for }: EventOf<'wait.started'>): void {
  if (until !== undefined) record.waits_until = until;
  if (waits_for !== undefined) record.waits_for = waits_for;
  showWait(record);
}

export function endWait(record: StepRecord): void {
  delete record.waits_until;
  delete record.waits_for;
}

/** A step that waits says so, also after its run continued before that came. */
export function showWait(record: StepRecord): void {
  if (record.waits_until === undefined && record.waits_for === undefined) return;
  record.status = 'waiting';
  record.reason = waitText({ until: record.waits_until, waits_for: record.waits_for });
}

/** What is waited for, in words. */
export function waitText(wait: { until?: string | undefined; waits_for?: AwaitedEvent | undefined }): string {
  const event = wait.waits_for && `for ${eventText(wait.waits_for)}`;
  const time = wait.until && `until ${wait.until}`;
  return [event, time].filter((part) => part !== undefined).join(', ');
}
