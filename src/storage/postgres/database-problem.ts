import { messageOf, PortiaError } from '../../domain/errors.js';
import { advice, portia, REPEAT, type Advice } from '../../domain/next-step.js';

interface Problem {
  what: (store: string) => string;
  why: string;
  fix: (store: string) => Advice;
}

/** By SQLSTATE, whole or its first two characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const PROBLEMS: Record<string, Problem> = {
  '28P01': {
    what: (store) => `${store} refused the password.`,
    why: 'The user or the password is wrong.',
    fix: () => 'Correct them in the address of the store, or set PGPASSWORD.',
  },
  '28': {
    what: (store) => `${store} refused the user.`,
    why: 'This user may not connect to this database from here.',
    fix: () => 'Use another user in the address of the store, or allow this one in pg_hba.conf.',
  },
  '3D000': {
    what: (store) => `${store} does not exist.`,
    why: 'The server has no database of this name.',
    fix: () => advice`Create the database, then its tables: ${portia('store', 'init')}`,
  },
  '42501': {
    what: (store) => `${store} does not permit this.`,
    why: 'The user of the address lacks a right on the tables.',
    fix: () => 'Give it the right, or use another user in the address of the store.',
  },
  '42P01': noTables(),
  '3F000': noTables(),
  '25006': {
    what: (store) => `${store} is read-only.`,
    why: 'The server is a replica, or the user may only read.',
    fix: () => 'Use the address of the primary server, and a user who may write.',
  },
  '53': {
    what: (store) => `${store} has no room left.`,
    why: 'The server is out of disk, memory or connections.',
    fix: () => advice`See the log of the server, make room, then ${REPEAT}`,
  },
};

function noTables(): Problem {
  return {
    what: (store) => `${store} has no tables of portia.`,
    why: 'The store was not prepared, or its address names another schema.',
    fix: () => portia('store', 'init'),
  };
}

/** Connections that end, servers that start or stop: what was asked may succeed later. */
const UNREACHABLE =
  /^(08...|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const UNREACHABLE_TEXT = /connection terminated|timeout exceeded|query read timeout|connection ended/i;

/** Whether the connection failed, so that it is not known whether what was sent has been done. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof PortiaError) return error.code === 'store-unreachable';
  const code = codeOf(error);
  return code === undefined ? UNREACHABLE_TEXT.test(messageOf(error)) : UNREACHABLE.test(code);
}

/** An error of the driver as a PortiaError; a PortiaError passes, anything else is a bug and passes, too. */
export function databaseProblem(error: unknown, store: string): unknown {
  if (error instanceof PortiaError) return error;
  if (isUnreachable(error)) return unreachable(store, messageOf(error), error);
  if (isAboutTls(error)) return tlsProblem(store, error);
  const code = codeOf(error);
  if (code === undefined) return error;
  const problem = PROBLEMS[code] ?? PROBLEMS[code.slice(0, 2)];
  return new PortiaError('storage-failed', problem?.what(store) ?? `${store} reports an error (${code}).`, {
    why: problem?.why ?? messageOf(error),
    fix: problem?.fix(store) ?? 'See the log of the server.',
    cause: error,
  });
}

/** Errors of TLS have names of Node's own, or none; a missing file is that of a certificate. */
function isAboutTls(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error) ?? '';
  return (
    /does not support SSL/.test(error.message) || /^ERR_(TLS|SSL|OSSL)|CERT|SIGNATURE/.test(code) || isOfFile(error)
  );
}

function isOfFile(error: Error): boolean {
  return 'syscall' in error && error.syscall === 'open';
}

function tlsProblem(store: string, error: Error): PortiaError {
  return new PortiaError('storage-failed', `${store} cannot be used with TLS as its address says.`, {
    why: error.message,
    fix: 'Correct sslmode, sslrootcert, sslcert or sslkey in the address of the store.',
    cause: error,
  });
}

export function unreachable(store: string, why: string, cause?: unknown): PortiaError {
  return new PortiaError('store-unreachable', `${store} cannot be reached.`, {
    why,
    fix: advice`Start the server, or correct the address of the store, then ${REPEAT}`,
    retryable: true,
    cause,
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
