import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Database, Query } from './database.js';
import { MIGRATIONS, TABLES_VERSION } from './migrations.js';

/** Held while the tables are made, so that two processes do not make them at once. Any number that nobody else has. */
const MIGRATION_LOCK = 7_091_274_005;

export interface TablesVersion {
  /** 0 when there are none. */
  version: number;
  /** The oldest version whose portia can work with them. */
  worksFrom: number;
}

const VERSION = `select coalesce(max(number), 0)::int as version,
  coalesce(max(coalesce(works_from, number)), 0)::int as works_from from migrations`;

/** The version of the tables that are there. */
export async function tablesVersion(database: Database): Promise<TablesVersion> {
  const [found] = await database.read('select to_regclass($1) is not null as there', [`${database.schema}.migrations`]);
  return found?.['there'] === true ? readVersion(database.read) : { version: 0, worksFrom: 0 };
}

async function readVersion(query: Query): Promise<TablesVersion> {
  const [row] = await query(VERSION);
  return { version: Number(row?.['version'] ?? 0), worksFrom: Number(row?.['works_from'] ?? 0) };
}

/**
 * Throws `newer-version` for tables of a portia that is too new, and `storage-failed` for those that are missing or too
 * old.
 */
export async function requireTables(database: Database): Promise<void> {
  const { version, worksFrom } = await tablesVersion(database);
  if (worksFrom > TABLES_VERSION) throw newerTables(database.shown, worksFrom);
  if (version >= TABLES_VERSION) return;
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
      `create table if not exists migrations (
        number integer primary key, works_from integer, made_at timestamptz not null default now()
      )`,
    );
    const { version: from, worksFrom } = await readVersion(query);
    if (worksFrom > TABLES_VERSION) throw newerTables(database.shown, worksFrom);
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < from) continue;
      await query(migration.statements);
      await query('insert into migrations values ($1, $2)', [index + 1, migration.worksFrom ?? null]);
    }
    return { from, to: Math.max(from, TABLES_VERSION) };
  });
}

function newerTables(store: string, version: number): PortiaError {
  return new PortiaError('newer-version', `${store} was prepared by a newer portia.`, {
    why: `Its tables need a portia for version ${version}; this one knows up to ${TABLES_VERSION}.`,
    fix: 'Update portia: git pull && npm ci in its folder; nothing was changed.',
  });
}
