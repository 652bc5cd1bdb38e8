import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { databaseArguments, readingReadiness } from './database-name.js';
import { openSqlDatabase } from './open-sql-database.js';

export const checkSqlTool = defineTool({
  id: 'check_sql',
  name: 'Check SQL Query',
  description:
    'Says whether run_sql would accept a SQL query on a database, without running it: {ok: true} or {ok: false, error}.',
  effect: 'read',
  ready: readingReadiness,
  args: z.object({ query: z.string().describe('The SQL.'), ...databaseArguments }),
  run: async (context, { query, ...named }) => {
    const opened = openSqlDatabase(context, named);
    if (!opened.ok) return opened.failure;
    const reply = await opened.database.problemOf(query);
    if (!reply.ok) return reply.failure;
    return reply.value === null ? { ok: true } : { ok: false, error: reply.value };
  },
});
