import * as z from 'zod';

import { jsonOf, type JsonObject } from '../../domain/values/json.js';
import type { Readiness, ToolContext, ToolEnvironment } from '../tool.js';

const FILE_VARIABLE = 'SQLITE_DB_PATH';
/** The address of a PostgreSQL that is read. */
export const URL_VARIABLE = 'SQL_URL';

/** The arguments that name the database for every SQL tool. */
export const databaseArguments = {
  db_path: z
    .string()
    .nullish()
    .describe(
      `Path of the SQLite file, relative to the project folder. Default: the setting db_path, or ${FILE_VARIABLE}.`,
    ),
  config_json: z.string().nullish().describe('The same as JSON text: {"db_path": "…"}. Seldom needed.'),
};

export interface DatabaseArguments {
  db_path?: string | null | undefined;
  config_json?: string | null | undefined;
  /** Of text that is not UTF-8. */
  encoding?: string | null | undefined;
}

/** A file of SQLite, and who named it. */
export interface DatabaseFile {
  path: string;
  from: string;
}

type Environment = Pick<ToolContext, 'environment'>;

/** The database that is read: a file of SQLite, or the address of a PostgreSQL. */
export function databaseToRead(
  context: Environment,
  args: DatabaseArguments,
): DatabaseFile | { url: string } | { why: string } {
  const url = context.environment.variable(URL_VARIABLE);
  if (!url) return databaseFile(context, args, `export ${URL_VARIABLE}=postgres://…, or ${FIX}`);
  const named = fileOfProject(context, args);
  if (named !== undefined) return named;
  if (!context.environment.variable(FILE_VARIABLE)) return { url };
  return { why: `${URL_VARIABLE} and ${FILE_VARIABLE} are both set. Unset one of them, or give the argument db_path.` };
}

/** The SQLite database that the arguments, a setting or the environment name. */
export function databaseFile(context: Environment, args: DatabaseArguments, fix = FIX): DatabaseFile | { why: string } {
  const named = fileOfProject(context, args);
  if (named !== undefined) return named;
  const variable = context.environment.variable(FILE_VARIABLE);
  if (variable) return { path: variable, from: FILE_VARIABLE };
  return { why: `No database is named. Set it: ${fix}` };
}

const configSchema = z.object({ db_path: z.string().min(1) });

function fileOfProject(
  { environment }: Environment,
  { db_path: argument, config_json: config }: DatabaseArguments,
): DatabaseFile | { why: string } | undefined {
  if (argument) return { path: argument, from: 'argument db_path' };
  if (config) {
    const parsed = configSchema.safeParse(jsonOf(config));
    if (parsed.success) return { path: parsed.data.db_path, from: 'argument config_json' };
    return { why: 'The argument config_json must be JSON text such as {"db_path": "data/shop.db"}.' };
  }
  const setting = environment.setting('run_sql', 'db_path');
  if (typeof setting !== 'string' || setting === '') return undefined;
  return { path: setting, from: 'setting tools.settings.run_sql.db_path' };
}

const FIX = `export ${FILE_VARIABLE}=path/to/file.db   # or give the argument: db_path=path/to/file.db`;

/** A call that names no database can work only where a setting or the environment does. */
export function fileReadiness(environment: ToolEnvironment, args?: JsonObject): Readiness {
  if (isNamedBy(args) || !('why' in databaseFile({ environment }, {}))) return { ready: true };
  return {
    ready: false,
    why: `No database is named: db_path is not given, and ${FILE_VARIABLE} is not set.`,
    fix: FIX,
  };
}

/** The same for tools that can also read from a server. */
export function readingReadiness(environment: ToolEnvironment, args?: JsonObject): Readiness {
  if (isNamedBy(args)) return { ready: true };
  const named = databaseToRead({ environment }, {});
  if (!('why' in named)) return { ready: true };
  return environment.variable(URL_VARIABLE)
    ? { ready: false, why: named.why, fix: `unset ${FILE_VARIABLE}` }
    : fileReadiness(environment, args);
}

/** Without arguments it is asked whether the tool can work at all. */
function isNamedBy(args: JsonObject | undefined): boolean {
  return args === undefined || Boolean(args['db_path']) || Boolean(args['config_json']);
}
