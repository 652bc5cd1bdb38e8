import { constants, type BigIntStats } from 'node:fs';
import { chmod, copyFile, lstat, mkdtemp, open, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import * as z from 'zod';

import type { JsonObject } from '../../domain/json.js';
import { explainFileError, isMissing, locateFile } from '../paths.js';
import type { Readiness, ToolContext, ToolEnvironment, ToolResult } from '../tool.js';
import { runQueries, type Query } from './sqlite-worker.js';

const VARIABLE = 'SQLITE_DB_PATH';
export const MAX_ROWS = 10_000;
const MAX_RESULT_LENGTH = 20_000_000;
const QUERY_MS = 30_000;
/** A database that must be copied before it can be read, because of its journal. */
const MAX_COPY_BYTES = 1_000_000_000;

/** The arguments by which every SQL tool is told the database. */
export const databaseArguments = {
  db_path: z
    .string()
    .nullish()
    .describe(`Path of the SQLite file, relative to the project folder. Default: the setting db_path, or ${VARIABLE}.`),
  config_json: z.string().nullish().describe('The same as JSON text: {"db_path": "…"}. Seldom needed.'),
};

export interface DatabaseArguments {
  db_path?: string | null | undefined;
  config_json?: string | null | undefined;
}

export type Rows = { ok: true; rows: JsonObject[][] } | { ok: false; failure: ToolResult & { kind: 'failure' } };

/**
 * The rows of reading queries on the database that the arguments, a setting or the environment name.
 * The file and its folder stay as they are, and no other program is kept out.
 */
export async function queryDatabase(context: ToolContext, args: DatabaseArguments, queries: Query[]): Promise<Rows> {
  const name = databaseName(context, args);
  if ('why' in name) return refuse(name.why);
  const located = await locateFile(name.path, 'read', context.environment);
  if (!located.ok) return refuse(located.message);
  if (located.stats === undefined) return refuse(`There is no database ${JSON.stringify(name.path)} (${name.from}).`);
  const deadline = AbortSignal.timeout(QUERY_MS);
  try {
    return await queryFile(located.path, queries, AbortSignal.any([context.signal, deadline]));
  } catch (error) {
    context.signal.throwIfAborted();
    if (deadline.aborted) return refuse(`The query took longer than ${QUERY_MS / 1_000} seconds and was ended.`, true);
    return refuse(`Cannot read the database ${JSON.stringify(name.path)}: ${explainFileError(error)}`);
  }
}

function refuse(message: string, retryable = false): Rows {
  return { ok: false, failure: { kind: 'failure', message, retryable, notDone: true } };
}

const configSchema = z.object({ db_path: z.string().min(1) });

/** Whose word it is, and what it says. */
function databaseName(
  { environment }: Pick<ToolContext, 'environment'>,
  { db_path: argument, config_json: config }: DatabaseArguments,
): { path: string; from: string } | { why: string } {
  if (argument) return { path: argument, from: 'argument db_path' };
  if (config) {
    const parsed = configSchema.safeParse(parseOrUndefined(config));
    if (parsed.success) return { path: parsed.data.db_path, from: 'argument config_json' };
    return { why: 'The argument config_json must be JSON text such as {"db_path": "data/shop.db"}.' };
  }
  const setting = environment.setting('run_sql', 'db_path');
  if (typeof setting === 'string' && setting !== '')
    return { path: setting, from: 'setting tools.settings.run_sql.db_path' };
  const variable = environment.variable(VARIABLE);
  if (variable) return { path: variable, from: VARIABLE };
  return { why: `No database is named. Set it: ${FIX}   (or give the argument db_path)` };
}

const FIX = `export ${VARIABLE}=path/to/file.db`;

/** A call that names no database can work only where a setting or the environment does. */
export function databaseReadiness(environment: ToolEnvironment, args?: JsonObject): Readiness {
  if (args === undefined || args['db_path'] || args['config_json']) return { ready: true };
  if (!('why' in databaseName({ environment }, {}))) return { ready: true };
  return { ready: false, why: `No database is named: neither db_path nor ${VARIABLE} is set.`, fix: FIX };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function queryFile(file: string, queries: Query[], signal: AbortSignal): Promise<Rows> {
  const before = await fingerprint(file);
  const folder = await mkdtemp(path.join(tmpdir(), 'portia-sql-'));
  try {
    const view = await makeView(file, folder);
    if (view === undefined) return refuse(`The database has a journal and is larger than ${MAX_COPY_BYTES} bytes.`);
    const reply = await runQueries({ ...view, queries, maxLength: MAX_RESULT_LENGTH }, signal);
    if ((await fingerprint(file)) !== before) {
      return refuse('Another program wrote the database while it was read. Try again.', true);
    }
    return reply.ok ? reply : refuse(`SQLite says: ${reply.message}.`, true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Changes whenever the database or its write-ahead log does. */
async function fingerprint(file: string): Promise<string> {
  const stats = await Promise.all([file, `${file}-wal`].map(statOf));
  return stats.map((found) => (found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeNs}`)).join(' ');
}

async function statOf(file: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(file, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * The database as it appears in a folder of our own, where SQLite may put its lock: a link, or a copy with its
 * journal when it has one, because then reading means to finish or undo what the journal holds.
 */
async function makeView(file: string, folder: string): Promise<{ file: string; readOnly: boolean } | undefined> {
  const view = path.join(folder, 'view.db');
  const journals = await journalsOf(file);
  if (journals.length === 0 && !(await usesWriteAheadLog(file))) {
    await symlink(file, view);
    return { file: view, readOnly: true };
  }
  const size = (await statOf(file))?.size ?? 0n;
  if (size > BigInt(MAX_COPY_BYTES)) return undefined;
  for (const suffix of ['', ...journals]) {
    await copyFile(file + suffix, view + suffix, constants.COPYFILE_FICLONE);
    // The copy of a write-protected file could not be brought up to date.
    await chmod(view + suffix, 0o600);
  }
  return { file: view, readOnly: false };
}

async function journalsOf(file: string): Promise<string[]> {
  const found: string[] = [];
  for (const suffix of ['-wal', '-journal']) {
    const stats = await statOf(file + suffix);
    if (stats?.isFile() && stats.size > 0n) found.push(suffix);
  }
  return found;
}

/** Byte 18 of the header is 2 when the database uses a write-ahead log. */
async function usesWriteAheadLog(file: string): Promise<boolean> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
    return bytesRead === 20 && buffer[18] === 2;
  } finally {
    await handle.close();
  }
}
