import type { RunId } from '../domain/values/ids.js';

/** Which runs a worker continues. */
export interface QueueFilter {
  /** Only runs with one of these labels. Without: those of any label, and of none. */
  labels?: readonly string[] | undefined;
  /** Not these. */
  except: readonly RunId[];
}

/** The runs of a store that a worker may continue. */
export interface RunQueue {
  /**
   * Takes the next run that can continue now: that of the highest priority, of these the one that waits longest. Undefined
   * when there is none. `openRun` of this store opens it; until then nobody else gets it, where the store can promise that.
   */
  claim(filter: QueueFilter): Promise<RunId | undefined>;
  /** Gives back a run that was not opened. */
  release(id: RunId): Promise<void>;
  /** Calls back when there may be something to continue, where the store can tell. Gives a function that stops this. */
  listen(wake: () => void): Promise<() => Promise<void>>;
}
