import * as z from 'zod';

import type { JsonObject } from '../../domain/values/json.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { guardSql } from './sql-guard.js';
import { databaseArguments, databaseReadiness, MAX_ROWS, queryDatabase } from './sqlite.js';
import { tellFindings } from './query-findings.js';

export const runSqlTool = defineTool({
  id: 'run_sql',
  name: 'Run SQL Query',
  description:
    'Runs one reading SQL query (SELECT, WITH … SELECT, EXPLAIN, reading PRAGMAs) on a SQLite database and gives the ' +
    `rows as a list of objects, at most ${MAX_ROWS}. The database is never changed.`,
  effect: 'read',
  ready: databaseReadiness,
  args: z.object({
    query: z.string().describe('The SQL.'),
    ...databaseArguments,
    encoding: z.string().nullish().describe('Encoding of text that is not UTF-8. Default: latin-1.'),
  }),
  run: async (context, { query, encoding, ...database }) => {
    const guarded = guardSql(query, MAX_ROWS);
    if (!guarded.ok) {
      return notDone(`The query is refused: ${guarded.why}.`, true);
    }
    const reply = await queryDatabase(context, { ...database, encoding }, [guarded]);
    if (!reply.ok) return reply.failure;
    const [{ names, rows } = { names: [], rows: [] }] = reply.results;
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
