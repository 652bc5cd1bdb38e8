import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import type { EventBody } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { createFileStore, type FileStoreOptions } from '../../src/storage/file-store.js';
import type { QueueingStore } from '../../src/storage/run-queue.js';
import type { Store } from '../../src/storage/store.js';
import { eventsOfRun, now, RUN_ID } from './run-examples.js';

export { CREATED, eventsOfRun, EXCHANGES, now, PLAN_ID, planWith, RUN_ID } from './run-examples.js';

/** An empty folder that goes when the test ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portia-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function storeIn(root: string, options: Partial<FileStoreOptions> = {}): QueueingStore {
  return createFileStore({ root, now, pid: process.pid, ...options });
}

/** Makes a run in the store and gives it free. */
export async function makeRun(store: Store, options: { id?: RunId; events?: EventBody[] } = {}): Promise<RunId> {
  const { id = RUN_ID, events = eventsOfRun(1) } = options;
  const log = await store.createRun(id);
  for (const event of events) log.append(event);
  await log.close();
  return id;
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
