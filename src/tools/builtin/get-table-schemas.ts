import * as z from 'zod';

import { asText } from '../../domain/values/json.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { TABLE_NAMES } from './list-tables.js';
import { databaseArguments, databaseReadiness, queryDatabase } from './sqlite.js';
import { tellFindings } from './query-findings.js';

/** The columns of a table, whose name becomes a text in SQL. */
function columnsOf(table: string): string {
  const name = `'${table.replaceAll("'", "''")}'`;
  return `SELECT cid, name, type, "notnull", dflt_value, pk FROM pragma_table_info(${name}) ORDER BY cid`;
}

export const getTableSchemasTool = defineTool({
  id: 'get_table_schemas',
  name: 'Get Table Schemas',
  description:
    'The columns of tables of a SQLite database: an object with a list of {cid, name, type, notnull, dflt_value, pk} ' +
    'for each table.',
  effect: 'read',
  ready: databaseReadiness,
  args: z.object({
    tables: z.array(z.string()).min(1).max(200).describe('Names of the tables.'),
    ...databaseArguments,
  }),
  run: async (context, { tables, ...database }) => {
    const queries = tables.map((table) => ({ sql: columnsOf(table) }));
    const reply = await queryDatabase(context, database, [{ sql: TABLE_NAMES }, ...queries]);
    if (!reply.ok) return reply.failure;
    const [names, ...columns] = reply.results;
    const absent = tables.filter((_table, index) => columns[index]?.rows.length === 0);
    if (absent.length === 0) {
      const value = Object.fromEntries(tables.map((table, index) => [table, columns[index]?.rows ?? []]));
      return { kind: 'output', value, ...tellFindings('The list of columns', reply) };
    }
    const known = (names?.rows ?? []).map(({ name = null }) => asText(name)).join(', ') || 'none';
    const message = `The database has no table ${absent.join(', ')}. It has: ${known}.`;
    return notDone(message, true);
  },
});
