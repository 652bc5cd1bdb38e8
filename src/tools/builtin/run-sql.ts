import * as z from 'zod';

import type { JsonObject } from '../../domain/values/json.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { databaseArguments, readingReadiness } from './database-name.js';
import { openSqlDatabase } from './open-sql-database.js';
import { tellFindings } from './query-findings.js';
import { MAX_ROWS } from './query-limits.js';

export const runSqlTool = defineTool({
  id: 'run_sql',
  name: 'Run SQL Query',
  description:
    'Runs one reading SQL query (SELECT, WITH … SELECT, EXPLAIN, reading PRAGMAs) on a SQLite database, or on the ' +
    `PostgreSQL of SQL_URL, and gives the rows as a list of objects, at most ${MAX_ROWS}. The database is never changed.`,
  effect: 'read',
  ready: readingReadiness,
  args: z.object({
    query: z.string().describe('The SQL.'),
    ...databaseArguments,
    encoding: z.string().nullish().describe('Encoding of text that is not UTF-8, in SQLite. Default: latin-1.'),
  }),
  run: async (context, { query, ...named }) => {
    const opened = openSqlDatabase(context, named);
    if (!opened.ok) return opened.failure;
    const reply = await opened.database.query(query);
    if (!reply.ok) return reply.failure;
    const { names, rows } = reply.value;
    const column = infiniteColumn(rows);
    if (column !== undefined) return notDone(castInfinite(column), true);
    if (rows.length <= MAX_ROWS) {
      return { kind: 'output', value: rows, ...tellFindings('The result of the query', reply, names) };
    }
    const message = `The query gives more than ${MAX_ROWS} rows. Add a LIMIT, or count and group in SQL.`;
    return notDone(message, true);
  },
});

/** JSON has no infinity: the first column that has one. */
function infiniteColumn(rows: readonly JsonObject[]): string | undefined {
  for (const row of rows) {
    const found = Object.entries(row).find(([, value]) => value === Infinity || value === -Infinity);
    if (found !== undefined) return found[0];
  }
  return undefined;
}

function castInfinite(column: string): string {
  const name = JSON.stringify(column);
  return `The column ${name} has an infinite value, which JSON cannot express. Make it a text in the query: CAST(… AS TEXT) AS ${name}.`;
}
