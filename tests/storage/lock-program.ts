// node program.mjs hold FOLDER            takes the lock, says so and waits to be killed
// node program.mjs contend FOLDER ROUNDS  takes and releases the lock, and fails when somebody else is inside
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { PortiaError } from '../../src/domain/errors.js';
import { realFileSystem } from '../../src/storage/file-system.js';
import { identifyProcess } from '../../src/storage/process-identity.js';
import { acquireRunLock, type RunLock } from '../../src/storage/run-lock.js';

const [, , mode = '', folder = '', rounds = '0'] = process.argv;
const self = identifyProcess(process.pid);

function tryAcquire(): RunLock | undefined {
  try {
    return acquireRunLock(folder, { fs: realFileSystem, self, since: new Date().toISOString(), runId: 'prun-x' });
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'run-locked') return undefined;
    throw error;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function acquire(): Promise<RunLock> {
  for (;;) {
    const lock = tryAcquire();
    if (lock !== undefined) return lock;
    await pause(Math.random() * 3);
  }
}

async function contend(): Promise<void> {
  const inside = join(folder, 'inside');
  for (let round = 0; round < Number(rounds); round += 1) {
    const lock = await acquire();
    lock.assertOwner();
    closeSync(openSync(inside, 'wx'));
    if (round % 2 === 0) await pause(Math.random());
    unlinkSync(inside);
    lock.assertOwner();
    // Some owners vanish without a release; the next contender must notice.
    if (round === Number(rounds) - 1 && process.pid % 2 === 0) process.kill(process.pid, 'SIGKILL');
    lock.release();
  }
}

if (mode === 'hold') {
  await acquire();
  process.stdout.write('held\n');
  setInterval(() => {}, 1000);
} else {
  await contend();
}
