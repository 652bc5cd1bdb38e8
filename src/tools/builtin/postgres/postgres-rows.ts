import { isJsonObject, type Json, type JsonObject } from '../../../domain/values/json.js';
import { parseKeepingDigits } from '../../../domain/values/whole-numbers.js';
import type { QueryFindings, QueryResult } from '../query-job.js';
import { MAX_RESULT_LENGTH, MAX_ROWS } from '../query-limits.js';
import { guardStatement, type ReadingStatement } from './postgres-guard.js';
import { SessionFailed, type Session } from './postgres-session.js';
import { volatileFunctions } from './volatile-functions.js';

export type Read<Value> = { value: Value } & QueryFindings;

/** The rows of a statement that a person or a model wrote. Rejects with SessionFailed. */
export async function readRows(session: Session, text: string): Promise<Read<QueryResult>> {
  const statement = await accepted(session, text);
  return statement.isReport ? readReport(session, statement.sql) : readTable(session, statement);
}

/** A statement that may be run. Rejects with SessionFailed, and with what the server says of one that it cannot run. */
export async function accepted(session: Session, text: string): Promise<ReadingStatement & { names: string[] }> {
  const guarded = guardStatement(text);
  if (!guarded.ok) throw refused(guarded.why);
  const { sql, isReport } = guarded;
  if (isReport) return { sql, isReport, names: [] };
  const names = uniqueNames((await session.ask(`select * from (\n${sql}\n) as result limit 0`)).names);
  if (names.length === 0) throw refused('it gives no columns');
  const functions = await volatileFunctions(session, sql);
  if (functions.length === 0) return { sql, isReport, names };
  const [what, is] = functions.length === 1 ? ['function', 'is'] : ['functions', 'are'];
  throw refused(
    `the ${what} ${functions.join(', ')} ${is} marked VOLATILE in the database, so it may change something; ` +
      'functions that are STABLE or IMMUTABLE can be called',
  );
}

function refused(why: string): SessionFailed {
  return new SessionFailed(`The query is refused: ${why}.`, true);
}

async function readReport(session: Session, sql: string): Promise<Read<QueryResult>> {
  const { names, rows } = await session.ask(sql);
  const value = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
  return { value: { names, rows: value } };
}

/** PostgreSQL makes the JSON: it alone knows what its types mean. Rows beyond the length that is allowed come empty. */
async function readTable(
  session: Session,
  { sql, names }: { sql: string; names: string[] },
): Promise<Read<QueryResult>> {
  const places = names.map((_, index) => `c${index}`);
  const lines = `select row_to_json(r)::text as line from (\n${sql}\n) as r(${places.join()}) limit ${MAX_ROWS + 1}`;
  const { rows } = await session.ask(
    `select case when sum(length(line)) over (rows unbounded preceding) <= ${MAX_RESULT_LENGTH} then line end from (${lines}) as lines`,
  );
  const read: JsonObject[] = [];
  let keptDigits: string | undefined;
  for (const [line] of rows) {
    if (line === undefined || line === null) {
      const why = `the rows are larger than ${MAX_RESULT_LENGTH} characters; select fewer`;
      throw new SessionFailed(`The result cannot be read: ${why}.`, true);
    }
    const { value, first } = parseKeepingDigits(line);
    keptDigits ??= first;
    const cells: Json[] = isJsonObject(value) ? Object.values(value) : [];
    read.push(Object.fromEntries(names.map((name, at) => [name, cells[at] ?? null])));
  }
  return { value: { names, rows: read }, keptDigits };
}

/** Of two columns with one name, the second is called `name:1`, as in SQLite. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}:${count}`;
  });
}
