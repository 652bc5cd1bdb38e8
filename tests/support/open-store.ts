import { onTestFinished } from 'vitest';

import { createFileStore } from '../../src/storage/file-store.js';
import { createPostgresStore } from '../../src/storage/postgres/postgres-store.js';
import type { SchedulingStore } from '../../src/storage/schedules.js';

/** The store of a project as the binary would open it: `file:` or a PostgreSQL. It is closed when the test ends. */
export function openStore(url: string, root: string): SchedulingStore {
  const parts = { now: () => new Date(), pid: process.pid };
  if (url === 'file:') return createFileStore({ ...parts, root });
  const store = createPostgresStore({ ...parts, url });
  onTestFinished(() => store.close());
  return store;
}
