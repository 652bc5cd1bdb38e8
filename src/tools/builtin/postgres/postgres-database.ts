import { notDone } from '../../not-done.js';
import type { Answer, SqlDatabase } from '../sql-database.js';
import { columnsOf, tableNames } from './postgres-catalog.js';
import { accepted, readRows, type Read } from './postgres-rows.js';
import { readPostgres, SessionFailed, type Session } from './postgres-session.js';

/** A PostgreSQL, by its address. */
export function postgresDatabase(url: string, signal: AbortSignal): SqlDatabase {
  async function read<Value>(act: (session: Session) => Promise<Read<Value>>): Promise<Answer<Value>> {
    try {
      return { ok: true, ...(await readPostgres(url, signal, act)) };
    } catch (error) {
      if (!(error instanceof SessionFailed)) throw error;
      return { ok: false, failure: notDone(error.message, error.isPassing) };
    }
  }

  return {
    query: (sql) => read((session) => readRows(session, sql)),

    async problemOf(sql) {
      // Asked first, so that a server that cannot be reached is not taken for a fault of the query.
      const opened = await read(async () => ({ value: null }));
      if (!opened.ok) return opened;
      const prepared = await read(async (session) => {
        await accepted(session, sql);
        return { value: null };
      });
      return prepared.ok ? prepared : { ok: true, value: prepared.failure.message };
    },

    tables: () => read(async (session) => ({ value: await tableNames(session) })),

    columns: (tables) =>
      read(async (session) => {
        const value = [];
        for (const table of tables) value.push(await columnsOf(session, table));
        return { value };
      }),
  };
}
