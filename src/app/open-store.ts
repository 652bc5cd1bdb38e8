import { dirname } from 'node:path';

import { userSettingsPath } from '../config/settings-file.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../domain/environment.js';
import { createFileStore, type FileStoreOptions } from '../storage/file-store.js';
import { createMemoryStore } from '../storage/memory-store.js';
import type { PostgresStore } from '../storage/postgres/postgres-store.js';
import { listedQueue } from '../storage/listed-queue.js';
import type { RunQueue } from '../storage/run-queue.js';
import type { Schedules, SchedulingStore } from '../storage/schedules.js';
import type { Store } from '../storage/store.js';

export interface OpenStore {
  store: Store;
  /** The runs that were left to workers. */
  queue: RunQueue;
  /** The plans that are run again and again, in the same place. */
  schedules: Schedules;
  /** The same store, of a kind that has tables and connections. */
  database?: PostgresStore;
}

interface StoreParts extends Pick<FileStoreOptions, 'pid' | 'signing' | 'onCreated'> {
  environment: Environment;
}

/** The store of the settings. Nothing is read, and nothing is connected to. */
export async function openStore(
  { store: { value: choice }, storageDir }: Pick<Settings, 'store' | 'storageDir'>,
  { environment, onCreated, ...parts }: StoreParts,
): Promise<OpenStore> {
  const common = { ...parts, now: () => new Date(), userFolder: dirname(userSettingsPath(environment)) };
  switch (choice.kind) {
    case 'file':
      return opened(createFileStore({ ...common, root: storageDir.value, onCreated }), common.now);
    case 'memory':
      return opened(createMemoryStore(common), common.now);
    case 'postgres': {
      // Its driver is loaded for nobody else.
      const { createPostgresStore } = await import('../storage/postgres/postgres-store.js');
      const database = createPostgresStore({ ...common, url: choice.url });
      return { store: database, queue: database.queue, schedules: database.schedules, database };
    }
  }
}

function opened(store: SchedulingStore, now: () => Date): OpenStore {
  return { store, queue: listedQueue(store, now), schedules: store.schedules };
}
