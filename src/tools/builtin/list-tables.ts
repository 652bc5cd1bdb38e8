import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { databaseArguments, readingReadiness } from './database-name.js';
import { openSqlDatabase } from './open-sql-database.js';
import { tellFindings } from './query-findings.js';

export const listTablesTool = defineTool({
  id: 'list_tables',
  name: 'List Tables',
  description: 'Lists the names of the tables and views of a SQLite database, or of the PostgreSQL of SQL_URL, sorted.',
  effect: 'read',
  ready: readingReadiness,
  args: z.object(databaseArguments),
  run: async (context, named) => {
    const opened = openSqlDatabase(context, named);
    if (!opened.ok) return opened.failure;
    const reply = await opened.database.tables();
    if (!reply.ok) return reply.failure;
    return { kind: 'output', value: reply.value, ...tellFindings('The list of tables', reply) };
  },
});
