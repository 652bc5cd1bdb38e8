import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Database } from './database.js';
import { MIGRATIONS, TABLES_VERSION } from './migrations.js';

/** Held while the tables are made, so that two processes do not make them at once. Any number that nobody else has. */
const MIGRATION_LOCK = 7_091_274_005;

/** The version of the tables that are there; 0 when there are none. */
export async function tablesVersion(database: Database): Promise<number> {
  const [found] = await database.read('select to_regclass($1) is not null as there', [`${database.schema}.migrations`]);
  if (found?.['there'] !== true) return 0;
  const [row] = await database.read('select coalesce(max(number), 0)::int as version from migrations');
  return Number(row?.['version'] ?? 0);
}

/** Throws `newer-version` for tables of a newer portia, and `storage-failed` for those that are missing or too old. */
export async function requireTables(database: Database): Promise<void> {
  const version = await tablesVersion(database);
  if (version === TABLES_VERSION) return;
  if (version > TABLES_VERSION) throw newerTables(database.shown, version);
  const isNew = version === 0;
  throw new PortiaError('storage-failed', `${database.shown} ${isNew ? 'has no tables of portia' : 'is too old'}.`, {
    why: isNew
      ? 'The store was not prepared, or its address names another schema.'
      : `Its tables have version ${version}; this portia needs ${TABLES_VERSION}.`,
    fix: portia('store', isNew ? 'init' : 'migrate'),
  });
}

/** Makes the tables that are missing, the whole of them or nothing. Gives the versions before and after. */
export async function migrateTables(database: Database): Promise<{ from: number; to: number }> {
  return database.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await query(`create schema if not exists ${database.schema}`);
    await query(
      'create table if not exists migrations (number integer primary key, made_at timestamptz not null default now())',
    );
    const [row] = await query('select coalesce(max(number), 0)::int as version from migrations');
    const from = Number(row?.['version'] ?? 0);
    if (from > TABLES_VERSION) throw newerTables(database.shown, from);
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < from) continue;
      await query(statements);
      await query('insert into migrations (number) values ($1)', [index + 1]);
    }
    return { from, to: TABLES_VERSION };
  });
}

function newerTables(store: string, version: number): PortiaError {
  return new PortiaError('newer-version', `${store} was prepared by a newer portia.`, {
    why: `Its tables have version ${version}; this portia knows up to ${TABLES_VERSION}.`,
    fix: 'Update portia: git pull && npm ci in its folder; nothing was changed.',
  });
}
