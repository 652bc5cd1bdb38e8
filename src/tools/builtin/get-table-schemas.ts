import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { databaseArguments, readingReadiness } from './database-name.js';
import { openSqlDatabase } from './open-sql-database.js';
import { tellFindings } from './query-findings.js';

export const getTableSchemasTool = defineTool({
  id: 'get_table_schemas',
  name: 'Get Table Schemas',
  description:
    'The columns of tables of a SQLite database, or of the PostgreSQL of SQL_URL: an object with a list of ' +
    '{cid, name, type, notnull, dflt_value, pk} for each table.',
  effect: 'read',
  ready: readingReadiness,
  args: z.object({
    tables: z.array(z.string()).min(1).max(200).describe('Names of the tables.'),
    ...databaseArguments,
  }),
  run: async (context, { tables, ...named }) => {
    const opened = openSqlDatabase(context, named);
    if (!opened.ok) return opened.failure;
    const { database } = opened;
    const reply = await database.columns(tables);
    if (!reply.ok) return reply.failure;
    const columns = reply.value;
    const absent = tables.filter((_table, index) => columns[index]?.length === 0);
    if (absent.length === 0) {
      const value = Object.fromEntries(tables.map((table, index) => [table, columns[index] ?? []]));
      return { kind: 'output', value, ...tellFindings('The list of columns', reply) };
    }
    const names = await database.tables();
    if (!names.ok) return names.failure;
    const message = `The database has no table ${absent.join(', ')}. It has: ${names.value.join(', ') || 'none'}.`;
    return notDone(message, true);
  },
});
