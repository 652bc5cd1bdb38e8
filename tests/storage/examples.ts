import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { createFileStore, type FileStoreOptions } from '../../src/storage/file-store.js';
import type { QueueingStore } from '../../src/storage/run-queue.js';
import { now } from './run-examples.js';

export { copyRun } from '../../src/storage/conformance/copy-run.js';
export { makeRun } from '../../src/storage/conformance/expected.js';
export { CREATED, eventsOfRun, now, PLAN_ID, planWith, RUN_ID } from './run-examples.js';

/** An empty folder that goes when the test ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portia-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function storeIn(root: string, options: Partial<FileStoreOptions> = {}): QueueingStore {
  return createFileStore({ root, now, pid: process.pid, ...options });
}

/** The error that the action ends with; undefined when it ends well. Any error but a PortiaError fails the test. */
export async function outcomeOf(action: () => unknown): Promise<PortiaError | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof PortiaError) return error;
    throw error;
  }
}

/** The error that the action ends with; fails the test when it ends well. */
export async function errorOf(action: () => unknown): Promise<PortiaError> {
  const error = await outcomeOf(action);
  if (error === undefined) throw new Error('expected an error, and it ended well');
  return error;
}
