import { openClarifications } from './clarification.js';
import { runnableFrom } from './runnable.js';
import type { PauseReason, Run, RunState } from './run.js';
import type { PlanId, RunId } from '../values/ids.js';

/** What is known of a run that was left to workers and has not ended. */
export interface QueuedRun {
  id: RunId;
  plan_id: PlanId;
  state: RunState;
  end_user_id: string;
  /** Higher ones are continued first. */
  priority: number;
  labels: readonly string[];
  /** How many questions wait for a person. */
  open_questions: number;
  /** ISO 8601, UTC. */
  updated_at: string;
  /** From when on a worker may continue it: ISO 8601, UTC. Null while it waits for a person. */
  wake_at: string | null;
  /** Why it stopped; null when it did not, or when that is not known. */
  pause: PauseReason | null;
}

/** What a run in the queue waits for. */
export type Standing =
  | { kind: 'runs' }
  /** A worker continues it as soon as one is free. */
  | { kind: 'waits' }
  /** Until a time: ISO 8601, UTC. */
  | { kind: 'waits'; for: 'time'; until: string }
  | { kind: 'parked'; for: 'question' }
  | { kind: 'parked'; for: 'event' }
  | { kind: 'parked'; for: 'budget' };

/** `now`: ISO 8601, UTC. */
export function standingOf(run: QueuedRun, { isDriven, now }: { isDriven: boolean; now: string }): Standing {
  if (isDriven) return { kind: 'runs' };
  const { wake_at: from } = run;
  if (from === null) return { kind: 'parked', for: parkedFor(run) };
  return from > now ? { kind: 'waits', for: 'time', until: from } : { kind: 'waits' };
}

function parkedFor({ open_questions: asked, pause }: QueuedRun): 'question' | 'event' | 'budget' {
  if (asked > 0) return 'question';
  return pause === 'signal' ? 'event' : 'budget';
}

/** The run as the queue has it; undefined when it was not left to workers, or has ended. */
export function queuedOf(run: Run): QueuedRun | undefined {
  const { id, plan_id, state, end_user_id, queue, pause, metadata } = run;
  if (queue === undefined || state === 'COMPLETE' || state === 'FAILED') return undefined;
  const { priority, labels } = queue;
  const asked = openClarifications(run).length;
  const ofRun = { id, plan_id, state, end_user_id, priority, labels, open_questions: asked };
  return { ...ofRun, updated_at: metadata.updated_at, wake_at: runnableFrom(run), pause: pause?.reason ?? null };
}
