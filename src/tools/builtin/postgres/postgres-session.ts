import type { Client, QueryResult } from 'pg';

import { messageOf } from '../../../domain/errors.js';
import { URL_VARIABLE } from '../database-name.js';
import { QUERY_MS } from '../query-limits.js';

const CONNECT_MS = 10_000;
/** After the server should have ended a statement by itself. */
const GRACE_MS = 5_000;

export interface Session {
  /** The names of the columns, and the cells as PostgreSQL writes them. Rejects with what the server says. */
  ask(sql: string, values?: readonly unknown[]): Promise<{ names: string[]; rows: (string | null)[][] }>;
}

/** A failure of the connection, or of what it was asked. */
export class SessionFailed extends Error {
  override name = 'SessionFailed';
  /** Whether the same may succeed at another time. */
  readonly isPassing: boolean;

  constructor(message: string, isPassing: boolean, cause?: unknown) {
    super(message, { cause });
    this.isPassing = isPassing;
  }
}

/**
 * Opens a transaction that can only read, and ends it. `signal` ends the connection, and the call rejects.
 * Rejects with SessionFailed.
 */
export async function readPostgres<Result>(
  url: string,
  signal: AbortSignal,
  act: (session: Session) => Promise<Result>,
): Promise<Result> {
  const client = await connect(url);
  let ended: Promise<void> | undefined;
  // A second `client.end()` would never be done.
  const end = () => (ended ??= client.end());
  const onAbort = () => void end();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query(`set local statement_timeout = ${QUERY_MS}`);
    return await act({ ask: (sql, values = []) => ask(client, sql, values) });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Error && codeOf(error) !== undefined ? told(error) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await end();
  }
}

async function connect(url: string): Promise<Client> {
  const { shown, connection } = readAddress(url);
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: connection,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS + GRACE_MS,
    application_name: 'portia',
    // Cells are read as text: what a driver makes of dates and large numbers is not what the database has.
    types: { getTypeParser: () => (cell: string) => cell },
  });
  // Told by the query that is under way, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const code = error instanceof Error ? (codeOf(error) ?? '') : '';
    // SQLSTATEs of class 28 and 3D are about the login and the name of the database.
    const isPassing = !/^(?:28|3D)/.test(code);
    throw new SessionFailed(
      `Cannot connect to ${shown} (${URL_VARIABLE}): ${messageOf(error) || code}`,
      isPassing,
      error,
    );
  }
}

/** `shown` is without the password. */
function readAddress(text: string): { connection: string; shown: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What was given is not repeated: a password may be in it.
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    const message = `${URL_VARIABLE} is not the address of a PostgreSQL. Write it as postgres://user@host:5432/database.`;
    throw new SessionFailed(message, false);
  }
  // As libpq means it: encrypted, and the certificate is checked for verify-ca and verify-full only.
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  return { connection: url.href, shown: `${url.protocol}//${url.host}${url.pathname}` };
}

async function ask(client: Client, text: string, values: readonly unknown[]): ReturnType<Session['ask']> {
  // The extended protocol takes one statement only.
  const query = { text, values: [...values], rowMode: 'array' as const, queryMode: 'extended' };
  const { fields, rows }: QueryResult<(string | null)[]> = await client.query(query);
  return { names: fields.map(({ name }) => name), rows };
}

function told(error: Error): SessionFailed {
  if (codeOf(error) === '57014') {
    return new SessionFailed(`The query took longer than ${QUERY_MS / 1_000} seconds and was ended.`, true, error);
  }
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  return new SessionFailed(`PostgreSQL says: ${error.message}${hint}`, true, error);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
