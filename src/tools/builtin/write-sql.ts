import * as z from 'zod';

import { DEFAULT_CALL_MS, settingMs } from '../call-ms.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import { locateFile } from '../paths.js';
import type { ToolEnvironment } from '../tool.js';
import { databaseArguments, databaseFile, fileReadiness, type DatabaseArguments } from './database-name.js';
import { shownSize } from './file-change.js';
import { writeDatabase } from './write-database.js';
import { bindParameters, writeProblem } from './write-guard.js';

const TOOL = 'write_sql';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const writeSqlTool = defineTool({
  id: TOOL,
  name: 'Write SQL',
  description:
    'Changes a SQLite database by one statement: INSERT, REPLACE, UPDATE, DELETE, or CREATE of a TABLE, INDEX or VIEW. ' +
    'Gives {changes, last_insert_rowid, rows}; rows are those of RETURNING, at most 1,000.',
  effect: 'once',
  ready: fileReadiness,
  args: z.object({
    statement: z
      .string()
      .check(({ value, issues }) => {
        const problem = writeProblem(value);
        if (problem !== undefined) issues.push({ code: 'custom', message: `is refused: ${problem}`, input: value });
      })
      .describe('The SQL, with ? or :name in the place of each value.'),
    parameters: z
      .union([z.array(scalar), z.record(z.string(), scalar)])
      .nullish()
      .describe('The values: a list for ?, an object such as {"name": "Ada"} for :name.'),
    ...databaseArguments,
  }),
  output: z.object({
    changes: z.int(),
    last_insert_rowid: z.union([z.int(), z.string()]).nullable(),
    rows: z.array(z.record(z.string(), scalar)),
  }),
  inspect: async (args, { environment }) => {
    const located = await locate(args, environment);
    if (typeof located === 'string') throw new Error(located);
    const { shown, stats } = located;
    return { consent: 'ask', facts: { database: shown }, note: `It changes ${shown} (${shownSize(stats)}).` };
  },
  run: async ({ environment, idempotencyKey: key, signal }, { statement, parameters, ...database }) => {
    const bound = bindParameters(statement, parameters ?? undefined);
    if (!bound.ok) return notDone(`The statement is refused: ${bound.why}.`, true);
    const located = await locate(database, environment);
    if (typeof located === 'string') return notDone(located);
    const limitMs = limitOf(environment);
    return writeDatabase(located, { statement, values: bound.values, key }, { signal, limitMs });
  },
});

/** The database that is meant, or a sentence about why there is none. */
async function locate(args: DatabaseArguments, environment: ToolEnvironment) {
  const name = databaseFile({ environment }, args);
  if ('why' in name) return name.why;
  const located = await locateFile(name.path, 'write', environment);
  if (!located.ok) return located.message;
  const { stats } = located;
  if (stats === undefined) return `There is no database ${JSON.stringify(name.path)} (${name.from}).`;
  return { ...located, stats };
}

/** While the call lasts it is known that nothing was changed. */
function limitOf(environment: ToolEnvironment): number {
  return Math.ceil((settingMs(environment, TOOL) ?? DEFAULT_CALL_MS) / 2);
}
