import type { Run } from './run.js';
import { firstExpiry } from './who-may-answer.js';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** When a run is tried again that stops now because something is unavailable, as it did `tries` times before. */
export function nextTry(tries: number, now: string): string {
  const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
  return new Date(Date.parse(now) + ms).toISOString();
}

/**
 * From when on a worker may continue a run that nobody drives: ISO 8601, UTC. Null while it waits for a person without an end, or when it
 * has ended, is not in the queue, or is part of another run.
 */
export function runnableFrom({ queue, state, pause, metadata, parent_run: parent, outputs }: Run): string | null {
  if (queue === undefined || parent !== undefined) return null;
  switch (state) {
    case 'NOT_STARTED':
      return queue.wake_at ?? metadata.updated_at;
    case 'READY_TO_RESUME':
      return metadata.updated_at;
    case 'IN_PROGRESS':
      // Whoever tells of the event wakes it.
      if (pause?.waits_for !== undefined) return pause.wake_at ?? null;
      // A person decides about more money. Without a pause its process has ended.
      return pause?.reason === 'budget' ? null : (pause?.wake_at ?? metadata.updated_at);
    case 'NEED_CLARIFICATION':
      // Then the plan says what happens.
      return firstExpiry(outputs.clarifications) ?? null;
    case 'COMPLETE':
    case 'FAILED':
      return null;
  }
}

/**
 * Whether nothing happens in a run that nobody drives before a person does something. A question waits for a person, also
 * when the plan says what happens without an answer.
 */
export function isStill(run: Run): boolean {
  return run.state === 'NEED_CLARIFICATION' || runnableFrom(run) === null;
}
