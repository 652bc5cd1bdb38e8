import { dirname } from 'node:path';

import type { RunId } from '../domain/values/ids.js';
import { markChange } from './run-changes.js';
import { acquireFreeLock, type LockOptions, type RunLock } from './run-lock.js';

/** The locks of runs that were taken from the queue and not opened yet. */
export class TakenRuns {
  readonly #locks = new Map<RunId, RunLock>();

  /** Makes this process the driver of the run in `folder`; false when another one is. */
  take({ id, folder }: { id: RunId; folder: string }, options: LockOptions): boolean {
    const lock = acquireFreeLock(folder, options);
    if (lock === undefined) return false;
    this.#locks.set(id, lock);
    markChange(dirname(folder), options.fs);
    return true;
  }

  has(id: RunId): boolean {
    return this.#locks.has(id);
  }

  /** The lock of a run that is opened now. */
  use(id: RunId): RunLock | undefined {
    const lock = this.#locks.get(id);
    this.#locks.delete(id);
    return lock;
  }

  /** Gives free what was not opened. */
  giveBack(id: RunId): void {
    this.use(id)?.release();
  }
}
