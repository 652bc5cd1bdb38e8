import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

import sqlite from 'node-sqlite3-wasm';

import type { QueryJob } from './query-job.js';

/** A database that is open. */
export interface Engine {
  /** The rows of one statement, by the names of its columns. Throws an Error with SQLite's words. */
  rows(sql: string): Iterable<Record<string, unknown>>;
  close(): void;
}

export async function openDatabase({ file, readOnly, encoding }: QueryJob): Promise<Engine> {
  return encoding === 'utf-8' ? openFile(file, readOnly) : openUtf16(file);
}

function openFile(file: string, readOnly: boolean): Engine {
  const database = new sqlite.Database(file, { readOnly, fileMustExist: true });
  // Exclusive, because a write-ahead log is otherwise shared through memory that WebAssembly does not have.
  database.exec('PRAGMA locking_mode = exclusive');
  return {
    *rows(sql) {
      const statement = database.prepare(sql);
      try {
        yield* statement.iterate();
      } finally {
        statement.finalize();
      }
    },
    close: () => database.close(),
  };
}

/** The version of SQLite that reads files was built without UTF-16. */
async function openUtf16(file: string): Promise<Engine> {
  const { default: load } = await import('sql.js');
  const { Database } = await load({
    wasmBinary: brotliDecompressSync(readFileSync(new URL('./sql-wasm.wasm.br', import.meta.url))),
  });
  const content = readFileSync(file);
  // Whatever was in a write-ahead log is in the file; without this, one would be looked for.
  content.fill(1, 18, 20);
  const database = new Database(content);
  return {
    *rows(sql) {
      const statement = database.prepare(sql);
      try {
        while (statement.step()) yield statement.getAsObject(null, { useBigInt: true });
      } finally {
        statement.free();
      }
    },
    close: () => database.close(),
  };
}
