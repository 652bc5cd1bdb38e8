import { notDone } from '../not-done.js';
import type { ToolContext } from '../tool.js';
import { databaseToRead, type DatabaseArguments } from './database-name.js';
import { postgresDatabase } from './postgres/postgres-database.js';
import type { NoAnswer, SqlDatabase } from './sql-database.js';
import { sqliteDatabase } from './sqlite-database.js';

/** The database that the arguments, a setting or the environment name. */
export function openSqlDatabase(
  context: ToolContext,
  args: DatabaseArguments,
): { ok: true; database: SqlDatabase } | NoAnswer {
  const named = databaseToRead(context, args);
  if ('why' in named) return { ok: false, failure: notDone(named.why) };
  const database = 'url' in named ? postgresDatabase(named.url, context.signal) : sqliteDatabase(context, args);
  return { ok: true, database };
}
