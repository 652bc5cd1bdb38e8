import { openClarifications } from './clarification.js';
import { runnableFrom } from './runnable.js';
import { DEFAULT_END_USER, type PauseReason, type Run, type RunState } from './run.js';
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
  /** The name of the only machine whose workers continue it: there are the files that it made. */
  keeps_to?: string | undefined;
  /** Workers that cannot continue it as it is now. */
  refusals: readonly Refusal[];
}

/** Why a worker cannot continue a run: a tool is missing there, or is not as the run knows it. */
export interface Refusal {
  /** Digest of all tools that the worker has. */
  tools: string;
  /** Number of the last event of the run: what is recorded after it may change the matter. */
  seq: number;
  /** ISO 8601, UTC. */
  at: string;
  host: string;
  missing: readonly string[];
  changed: readonly string[];
}

/** What a run in the queue waits for. */
export type Standing =
  | { kind: 'runs' }
  /** A worker continues it as soon as one is free. */
  | { kind: 'waits' }
  /** Until a time: ISO 8601, UTC. */
  | { kind: 'waits'; for: 'time'; until: string }
  /** Until a worker has its tools: those that the last one lacked, or had in another form. */
  | { kind: 'waits'; for: 'tools'; missing: readonly string[]; changed: readonly string[]; host: string }
  | Hold
  | { kind: 'parked'; for: 'question' }
  | { kind: 'parked'; for: 'event' }
  | { kind: 'parked'; for: 'budget' };

/** Why no worker continues a run that could continue. */
export type Hold =
  /** Runs with this label are paused, or all of them. */
  | { kind: 'waits'; for: 'pause'; label: string | null }
  /** As many as may be driven at a time are driven now: of its plan, for its end user, or with this label. */
  | { kind: 'waits'; for: 'limit'; of: 'plan' | 'end_user'; most: number }
  | { kind: 'waits'; for: 'limit'; of: 'label'; label: string; most: number };

/** How many runs may be driven at a time; what is not said is not limited. */
export interface QueueLimits {
  perPlan?: number | undefined;
  /** Runs that are for nobody in particular are not limited by this. */
  perEndUser?: number | undefined;
  labels: ReadonlyMap<string, number>;
}

/** Since when no worker takes runs with this label, or any: ISO 8601, UTC. */
export interface QueuePause {
  label: string | null;
  since: string;
}

/** What limits count of a run that is driven. */
export type DrivenRun = Pick<QueuedRun, 'plan_id' | 'end_user_id' | 'labels'>;

/** What holds runs back. */
export interface QueueRules {
  limits: QueueLimits;
  pauses: readonly QueuePause[];
  /** Every run that is driven now, also those that were not left to workers. */
  driven: readonly DrivenRun[];
}

/** What keeps workers from continuing the run now; undefined when nothing does. */
export function heldBack(run: DrivenRun, { limits, pauses, driven }: QueueRules): Hold | undefined {
  const paused = pauses.find(({ label }) => label === null || run.labels.includes(label));
  if (paused !== undefined) return { kind: 'waits', for: 'pause', label: paused.label };
  const isFull = (most: number | undefined, counts: (other: DrivenRun) => boolean): most is number =>
    most !== undefined && driven.filter(counts).length >= most;
  const { perPlan, perEndUser, labels } = limits;
  if (isFull(perPlan, (other) => other.plan_id === run.plan_id)) {
    return { kind: 'waits', for: 'limit', of: 'plan', most: perPlan };
  }
  const isForSomebody = run.end_user_id !== DEFAULT_END_USER;
  if (isForSomebody && isFull(perEndUser, (other) => other.end_user_id === run.end_user_id)) {
    return { kind: 'waits', for: 'limit', of: 'end_user', most: perEndUser };
  }
  for (const label of run.labels) {
    const most = labels.get(label);
    if (isFull(most, (other) => other.labels.includes(label))) {
      return { kind: 'waits', for: 'limit', of: 'label', label, most };
    }
  }
  return undefined;
}

/** Whether anything is limited. */
export function limitsAnything({ perPlan, perEndUser, labels }: QueueLimits): boolean {
  return perPlan !== undefined || perEndUser !== undefined || labels.size > 0;
}

/** Whether its time has come. `now`: ISO 8601, UTC. */
export function isDue({ wake_at: from, updated_at: lastEvent }: QueuedRun, now: string): boolean {
  // What may continue at once has the time of its last event, by its driver's clock, which may be ahead.
  return from !== null && (from <= now || from === lastEvent);
}

/** `now`: ISO 8601, UTC. */
export function standingOf(
  run: QueuedRun,
  { isDriven, now, ...rules }: QueueRules & { isDriven: boolean; now: string },
): Standing {
  if (isDriven) return { kind: 'runs' };
  const { wake_at: from } = run;
  // A question that ends waits for a person until then.
  const isAsking = run.open_questions > 0 && !isDue(run, now);
  if (from === null || isAsking) return { kind: 'parked', for: parkedFor(run) };
  if (!isDue(run, now)) return { kind: 'waits', for: 'time', until: from };
  const refusal = run.refusals.at(-1);
  if (refusal !== undefined) {
    const { missing, changed, host } = refusal;
    return { kind: 'waits', for: 'tools', missing, changed, host };
  }
  return heldBack(run, rules) ?? { kind: 'waits' };
}

function parkedFor({ open_questions: asked, pause }: QueuedRun): 'question' | 'event' | 'budget' {
  if (asked > 0) return 'question';
  return pause === 'signal' ? 'event' : 'budget';
}

/** The run as the queue has it; undefined when it was not left to workers, or has ended. */
export function queuedOf(run: Run): QueuedRun | undefined {
  const { id, plan_id, state, end_user_id, queue, pause, metadata, keeps_to: place } = run;
  if (queue === undefined || state === 'COMPLETE' || state === 'FAILED') return undefined;
  const { priority, labels } = queue;
  const asked = openClarifications(run).length;
  const ofRun = { id, plan_id, state, end_user_id, priority, labels, open_questions: asked };
  const kept = place && { keeps_to: place.host };
  return {
    ...ofRun,
    ...kept,
    updated_at: metadata.updated_at,
    wake_at: runnableFrom(run),
    pause: pause?.reason ?? null,
    refusals: [],
  };
}
