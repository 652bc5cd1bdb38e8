import { randomUUID } from 'node:crypto';

import { inject, onTestFinished } from 'vitest';

import { Database } from '../../src/storage/postgres/database.js';
import { readStoreUrl } from '../../src/storage/postgres/store-url.js';
import { migrateTables } from '../../src/storage/postgres/tables.js';
import { askServer } from './ask-server.js';

/** Whether there is a PostgreSQL to test with. Where there is none, that was said loudly before all tests. */
export const HAS_POSTGRES = inject('postgres') !== '';

interface StoreUrl {
  url: string;
  schema: string;
}

/** Stores with tables whose tests are over. */
const used: StoreUrl[] = [];

/** The address of a store in a schema of its own, which has no tables yet. */
export function emptyStoreUrl(): StoreUrl {
  const schema = `${inject('testSchemas')}${randomUUID().replaceAll('-', '')}`;
  const url = new URL(inject('postgres'));
  url.searchParams.set('schema', schema);
  return { url: url.href, schema };
}

/** The same with tables, for a test that changes them, or looks at how they lie on the disk. */
export async function ownTablesUrl(): Promise<StoreUrl> {
  const store = emptyStoreUrl();
  const database = new Database(readStoreUrl(store.url));
  await migrateTables(database);
  await database.close();
  return store;
}

/** The same for a test that changes rows alone: its tables may be those of a test before it, without their rows. */
export async function newStoreUrl(): Promise<StoreUrl> {
  const before = used.pop();
  // Only now: when that test was over, its processes may still have written.
  if (before !== undefined) await deleteRows(before.schema);
  const store = before ?? (await ownTablesUrl());
  onTestFinished(() => void used.push(store));
  return store;
}

async function deleteRows(schema: string): Promise<void> {
  await askServer(
    inject('postgres'),
    `do $$ declare name text; begin
      -- Triggers look for their tables as the connections of a store do.
      perform set_config('search_path', '${schema}', true);
      for name in select tablename from pg_tables where schemaname = '${schema}' and tablename <> 'migrations' loop
        execute format('delete from ${schema}.%I', name);
      end loop;
    end $$`,
  );
}
