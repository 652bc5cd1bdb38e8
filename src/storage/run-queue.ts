import type { DrivenRun, QueuedRun, QueueLimits, QueuePause, Refusal } from '../domain/run/queue.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Notices } from './notices.js';
import type { RunWatch } from './run-watch.js';
import type { SchedulingStore } from './schedules.js';
import type { Owner } from './store.js';

/** Which runs a worker continues. */
export interface QueueFilter {
  /** Only runs with one of these labels. Without: those of any label, and of none. */
  labels?: readonly string[] | undefined;
  /** Not these. */
  except: readonly RunId[];
  /** Not those of these plans. */
  exceptPlans?: readonly PlanId[] | undefined;
  /** Digest of the worker's tools: not what a worker with the same tools refused. */
  tools?: string | undefined;
  /** Only as many at a time. Workers that claim at once do not exceed it together. */
  limits: QueueLimits;
  /** Also those that keep to another machine, which has the files that they made. */
  anyHost?: boolean | undefined;
}

/** A run of the queue, with who drives it. */
export interface ListedRun extends QueuedRun {
  owner?: Owner | undefined;
}

/** Called with a run that may be in the queue and cannot be read, and why. */
export type TellUnreadable = (id: RunId, why: string) => Promise<void>;

/** The runs of a store that were left to workers. */
export interface RunQueue {
  /**
   * Takes the next run that can continue now: that of the highest priority, of these the one that waits longest. Undefined
   * when there is none. `openRun` of this store opens it; until then nobody else gets it.
   */
  claim(filter: QueueFilter, tell: TellUnreadable): Promise<RunId | undefined>;
  /** Gives back a run that was not opened. */
  release(id: RunId): Promise<void>;
  /** Calls back when there may be something to continue, where the store can tell. Gives a function that stops this. */
  listen(wake: () => void): Promise<() => Promise<void>>;
  /** Those that have not ended: first what is driven, then the others in the order in which workers take them. */
  list(limit: number, tell: TellUnreadable): AsyncIterable<ListedRun>;
  /** What is driven now, in the queue or not, and what is paused. */
  state(tell: TellUnreadable): Promise<{ driven: DrivenRun[]; pauses: QueuePause[] }>;
  /** Keeps that a worker cannot continue the run, unless something was recorded of it since. */
  refuse(id: RunId, refusal: Refusal): Promise<void>;
  /** From now on no worker takes runs with this label, or any run. `since`: ISO 8601, UTC. */
  pause(pause: QueuePause): Promise<void>;
  /** Ends that pause; false when there was none. */
  unpause(label: string | null): Promise<boolean>;
}

/** What a worker needs of a queue. */
export type WorkQueue = Pick<RunQueue, 'claim' | 'release' | 'listen'>;

/** A store with the queue of its runs, with schedules, with what people are told, and that tells what changes. */
export interface QueueingStore extends SchedulingStore, RunWatch {
  queue: RunQueue;
  notices: Notices;
}
