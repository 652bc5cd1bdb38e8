import { setTimeout as wait } from 'node:timers/promises';

import { PortiaError } from '../domain/errors.js';
import type { Now } from '../domain/values/ids.js';
import type { FileSystem } from './file-system.js';
import type { ProcessIdentity } from './process-identity.js';
import { acquireRunLock, type RunLock } from './run-lock.js';

/** A lock of a process that cannot be judged from here is taken after this time. */
const LONGEST_LOCK_MS = 120_000;

const LOOK_AGAIN_MS = 50;

interface Worker {
  fs: FileSystem;
  /** This process. */
  self: ProcessIdentity;
  now: Now;
}

/** Works in a folder in which one process works at a time, and only for a moment: waits until no other one does. */
export async function workAlone<Result>(
  folder: string,
  worker: Worker,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const lock = await lockWhenFree(folder, worker);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function lockWhenFree(folder: string, { fs, self, now }: Worker): Promise<RunLock> {
  const start = performance.now();
  for (;;) {
    try {
      const since = now().toISOString();
      const takeOver = performance.now() - start > LONGEST_LOCK_MS;
      return acquireRunLock(folder, { fs, self, since, takeOver, runId: folder });
    } catch (error) {
      if (!(error instanceof PortiaError) || error.code !== 'run-locked') throw error;
    }
    await wait(LOOK_AGAIN_MS);
  }
}
