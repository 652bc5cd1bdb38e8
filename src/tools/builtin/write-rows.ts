import sqlite from 'node-sqlite3-wasm';

import { messageOf } from '../../domain/errors.js';
import { isJsonObject, jsonOf, type Json, type JsonObject } from '../../domain/values/json.js';
import { ContentRefused } from './content-refused.js';
import { WRITES_TABLE } from './write-guard.js';
import type { WriteJob, WriteReply, Written } from './write-job.js';

const MOST_ROWS = 1_000;

type Database = InstanceType<typeof sqlite.Database>;

/** Makes the statement, and notes in the same transaction that its call has written, with what it gave. */
export function writeRows({ file, statement, values, key, maxBytes }: WriteJob): WriteReply {
  try {
    const database = new sqlite.Database(file, { fileMustExist: true });
    try {
      database.exec('PRAGMA locking_mode = exclusive');
      limitSize(database, maxBytes);
      database.exec('BEGIN IMMEDIATE');
      database.exec(
        `CREATE TABLE IF NOT EXISTS ${WRITES_TABLE} (idempotency_key TEXT PRIMARY KEY, result TEXT NOT NULL, ` +
          "written_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))",
      );
      const before = resultOf(database, key);
      if (before !== undefined) return { ok: true, written: before, isRepeated: true };
      const written = run(database, statement, values);
      database.run(`INSERT INTO ${WRITES_TABLE} (idempotency_key, result) VALUES (?, ?)`, [
        key,
        JSON.stringify(written),
      ]);
      database.exec('COMMIT');
      return { ok: true, written, isRepeated: false };
    } finally {
      // What was not committed is undone.
      database.close();
    }
  } catch (error) {
    const says = error instanceof ContentRefused ? 'The result cannot be given' : 'SQLite says';
    return { ok: false, why: `${says}: ${messageOf(error)}` };
  }
}

function limitSize(database: Database, maxBytes: number): void {
  const size = Number(database.get('PRAGMA page_size')?.['page_size']);
  database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / size)}`);
}

/** What the call gave when it wrote. */
function resultOf(database: Database, key: string): Written | undefined {
  const row = database.get(`SELECT result FROM ${WRITES_TABLE} WHERE idempotency_key = ?`, [key]);
  if (row === null) return undefined;
  const text = row['result'];
  const kept = typeof text === 'string' ? jsonOf(text) : undefined;
  if (!isJsonObject(kept)) throw new ContentRefused(`${WRITES_TABLE} holds a result that is not JSON`);
  const { changes, last_insert_rowid: id, rows } = kept;
  return {
    changes: Number(changes),
    last_insert_rowid: typeof id === 'number' || typeof id === 'string' ? id : null,
    rows: Array.isArray(rows) ? rows.filter(isJsonObject) : [],
  };
}

function run(database: Database, sql: string, values: WriteJob['values']): Written {
  const statement = database.prepare(sql);
  const rows: JsonObject[] = [];
  try {
    for (const row of statement.iterate(values)) {
      if (rows.length === MOST_ROWS) throw new ContentRefused(`it has more than ${MOST_ROWS} rows; return fewer`);
      rows.push(Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, jsonOfCell(cell)])));
    }
  } finally {
    statement.finalize();
  }
  const counts = database.get('SELECT changes() AS changes, last_insert_rowid() AS id');
  const id = jsonOfCell(counts?.['id']);
  return { changes: Number(counts?.['changes']), last_insert_rowid: isId(id) ? id : null, rows };
}

const isId = (id: Json): id is number | string => (typeof id === 'number' || typeof id === 'string') && id !== 0;

function jsonOfCell(cell: unknown): Json {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  if (typeof cell === 'bigint') return cell.toString();
  if (typeof cell === 'number' && !Number.isFinite(cell)) throw new ContentRefused('it has an infinite number');
  return typeof cell === 'string' || typeof cell === 'number' ? cell : null;
}
