import { dirname } from 'node:path';

import { userSettingsPath } from '../config/settings-file.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../domain/environment.js';
import { createFileStore, type FileStoreOptions } from '../storage/file-store.js';
import { createMemoryStore } from '../storage/memory-store.js';
import type { PostgresStore } from '../storage/postgres/postgres-store.js';
import type { QueueingStore } from '../storage/run-queue.js';

export interface OpenStore {
  store: QueueingStore;
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
      return { store: createFileStore({ ...common, root: storageDir.value, onCreated }) };
    case 'memory':
      return { store: createMemoryStore(common) };
    case 'postgres': {
      // Its driver is loaded for nobody else.
      const { createPostgresStore } = await import('../storage/postgres/postgres-store.js');
      const database = createPostgresStore({ ...common, url: choice.url });
      return { store: database, database };
    }
  }
}
