import { randomUUID } from 'node:crypto';

import { inject, onTestFinished } from 'vitest';

import { Database } from '../../src/storage/postgres/database.js';
import { readStoreUrl } from '../../src/storage/postgres/store-url.js';
import { migrateTables } from '../../src/storage/postgres/tables.js';
import { askServer } from './ask-server.js';

/** Whether there is a PostgreSQL to test with. Where there is none, that was said loudly before all tests. */
export const HAS_POSTGRES = inject('postgres') !== '';

/** The address of a store in a schema of its own, which is removed after the test. It has no tables yet. */
export function emptyStoreUrl(): { url: string; schema: string } {
  const server = inject('postgres');
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  onTestFinished(async () => {
    await askServer(server, `drop schema if exists ${schema} cascade`);
  });
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  return { url: url.href, schema };
}

/** The same with tables. */
export async function newStoreUrl(): Promise<{ url: string; schema: string }> {
  const store = emptyStoreUrl();
  const database = new Database(readStoreUrl(store.url));
  await migrateTables(database);
  await database.close();
  return store;
}
