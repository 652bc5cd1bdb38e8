import { asText } from '../../domain/values/json.js';
import { notDone } from '../not-done.js';
import type { ToolContext } from '../tool.js';
import type { DatabaseArguments } from './database-name.js';
import type { Query, QueryResult } from './query-job.js';
import { MAX_ROWS } from './query-limits.js';
import type { Answer, SqlDatabase } from './sql-database.js';
import { guardSql } from './sql-guard.js';
import { queryDatabase } from './sqlite.js';

/** SQLite's own tables are left out. */
const TABLES =
  "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

/** A file of SQLite. */
export function sqliteDatabase(context: ToolContext, args: DatabaseArguments): SqlDatabase {
  /** The results of the queries, made into one value. */
  async function ask<Value>(queries: Query[], make: (results: QueryResult[]) => Value): Promise<Answer<Value>> {
    const reply = await queryDatabase(context, args, queries);
    return reply.ok ? { ...reply, value: make(reply.results) } : reply;
  }

  return {
    async query(sql) {
      const guarded = guardSql(sql, MAX_ROWS);
      if (!guarded.ok) return { ok: false, failure: notDone(`The query is refused: ${guarded.why}.`, true) };
      return ask([guarded], ([result]) => result ?? { names: [], rows: [] });
    },

    async problemOf(sql) {
      // Asked first, so that a database that cannot be opened is not taken for a fault of the query.
      const opened = await ask([{ sql: 'SELECT count(*) FROM sqlite_master' }], () => null);
      if (!opened.ok) return opened;
      const guarded = guardSql(sql, MAX_ROWS);
      if (!guarded.ok) return { ok: true, value: guarded.why };
      const asked = guarded.isReport === true ? guarded.sql : `EXPLAIN ${guarded.sql}`;
      const reply = await ask([{ sql: asked, isReport: true }], () => null);
      return reply.ok ? reply : { ok: true, value: reply.failure.message };
    },

    tables: () => ask([{ sql: TABLES }], ([names]) => (names?.rows ?? []).map(({ name = null }) => asText(name))),

    columns: (tables) =>
      ask(
        tables.map((table) => ({ sql: columnsOf(table) })),
        (results) => results.map(({ rows }) => rows),
      ),
  };
}

/** The columns of a table, whose name becomes a text in SQL. */
function columnsOf(table: string): string {
  const name = `'${table.replaceAll("'", "''")}'`;
  return `SELECT cid, name, type, "notnull", dflt_value, pk FROM pragma_table_info(${name}) ORDER BY cid`;
}
