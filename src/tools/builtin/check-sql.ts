import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { guardSql } from './sql-guard.js';
import { databaseArguments, databaseReadiness, MAX_ROWS, queryDatabase } from './sqlite.js';

export const checkSqlTool = defineTool({
  id: 'check_sql',
  name: 'Check SQL Query',
  description:
    'Says whether run_sql would accept a SQL query on a SQLite database, without running it: {ok: true} or ' +
    '{ok: false, error}.',
  effect: 'read',
  ready: databaseReadiness,
  args: z.object({ query: z.string().describe('The SQL.'), ...databaseArguments }),
  run: async (context, { query, ...database }) => {
    // Asked first, so that a database that cannot be opened is not taken for a fault of the query.
    const opened = await queryDatabase(context, database, [{ sql: 'SELECT count(*) FROM sqlite_master' }]);
    if (!opened.ok) return opened.failure;
    const guarded = guardSql(query, MAX_ROWS);
    if (!guarded.ok) return { ok: false, error: guarded.why };
    const sql = guarded.isReport === true ? guarded.sql : `EXPLAIN ${guarded.sql}`;
    const reply = await queryDatabase(context, database, [{ sql, isReport: true }]);
    return reply.ok ? { ok: true } : { ok: false, error: reply.failure.message };
  },
});
