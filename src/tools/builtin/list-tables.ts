import * as z from 'zod';

import { asText } from '../../domain/values/json.js';
import { defineTool } from '../define-tool.js';
import { databaseArguments, databaseReadiness, queryDatabase } from './sqlite.js';
import { tellFindings } from './query-findings.js';

/** SQLite's own tables are left out. */
export const TABLE_NAMES =
  "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

export const listTablesTool = defineTool({
  id: 'list_tables',
  name: 'List Tables',
  description: 'Lists the names of the tables and views of a SQLite database, sorted.',
  effect: 'read',
  ready: databaseReadiness,
  args: z.object(databaseArguments),
  run: async (context, database) => {
    const reply = await queryDatabase(context, database, [{ sql: TABLE_NAMES }]);
    if (!reply.ok) return reply.failure;
    const value = (reply.results[0]?.rows ?? []).map(({ name = null }) => asText(name));
    return { kind: 'output', value, ...tellFindings('The list of tables', reply) };
  },
});
