import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type * as Threads from 'node:worker_threads';

import type * as Sqlite from 'node-sqlite3-wasm';

import type { JsonObject } from '../../domain/values/json.js';

export interface Query {
  sql: string;
  values?: string[];
}

export interface QueryJob {
  file: string;
  readOnly: boolean;
  queries: Query[];
  /** Characters of JSON that all rows together may have. */
  maxLength: number;
}

/** The rows of each query; BigInts are decimal texts and blobs hexadecimal. `keptDigits` is the first such BigInt. */
export type QueryReply =
  | { ok: true; rows: JsonObject[][]; keptDigits: string | undefined }
  | { ok: false; message: string };

/**
 * Runs queries in a thread of their own: SQLite here has no way to be interrupted, and a query can run for ever.
 * Rejects with the signal's reason when it is aborted.
 */
export async function runQueries(job: QueryJob, signal: AbortSignal): Promise<QueryReply> {
  signal.throwIfAborted();
  const module = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  // From text, so that it works from source and from the bundle alike, without a file of its own.
  const source = `(${serve.toString()})(require('node:worker_threads'), require)`;
  const worker = new Worker(source, { eval: true, workerData: { ...job, module }, execArgv: [], env: {} });
  let onAbort = () => {};
  try {
    return await new Promise<QueryReply>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      worker.once('message', resolve);
      worker.once('error', (error) => resolve({ ok: false, message: error.message }));
      worker.once('exit', (code) => resolve({ ok: false, message: `SQLite ended with code ${code}` }));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

/** Lives in the thread: it must not use anything from around it. */
function serve(threads: typeof Threads, load: (module: string) => unknown): void {
  const job: QueryJob & { module: string } = threads.workerData;
  const { module, file, readOnly, queries, maxLength } = job;
  const { Database } = load(module) as typeof Sqlite;
  const answer = (reply: QueryReply) => threads.parentPort?.postMessage(reply);

  let keptDigits: string | undefined;
  const toJson = (value: unknown) => {
    if (typeof value === 'bigint') {
      keptDigits ??= value.toString();
      return value.toString();
    }
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  };

  try {
    const database = new Database(file, { readOnly, fileMustExist: true });
    try {
      // Exclusive, because a write-ahead log is otherwise shared through memory that WebAssembly does not have.
      database.exec('PRAGMA locking_mode = exclusive');
      let length = 0;
      const count = (more: number) => {
        length += more;
        if (length > maxLength) throw new Error(`the rows are larger than ${maxLength} characters; select fewer`);
      };
      // One row after the other, because all of them may not fit into memory.
      const rowsOf = (statement: Sqlite.Statement, values: string[]) => {
        const rows: JsonObject[] = [];
        for (const row of statement.iterate(values)) {
          for (const value of Object.values(row)) if (value instanceof Uint8Array) count(value.length);
          const record = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toJson(value)]));
          count(JSON.stringify(record).length);
          rows.push(record as JsonObject);
        }
        return rows;
      };
      const rows = queries.map(({ sql, values }) => {
        const statement = database.prepare(sql);
        try {
          return rowsOf(statement, values ?? []);
        } finally {
          statement.finalize();
        }
      });
      answer({ ok: true, rows, keptDigits });
    } finally {
      database.close();
    }
  } catch (error) {
    answer({ ok: false, message: error instanceof Error ? error.message : String(error) });
  }
}
