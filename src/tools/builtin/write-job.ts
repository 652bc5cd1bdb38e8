import type { JsonObject } from '../../domain/values/json.js';
import type { Parameters } from './write-guard.js';

/** One statement that changes a database. */
export interface WriteJob {
  /** A copy of the database, which is changed. */
  file: string;
  statement: string;
  /** By the places of the statement: a list, or an object with the names as the statement writes them. */
  values: Parameters;
  /** Of the call: a call that has written already gives what it gave then. */
  key: string;
  /** The most that the database may become. */
  maxBytes: number;
}

/** What a statement did, as the tool gives it. */
export interface Written extends JsonObject {
  changes: number;
  /** Null when no row was inserted. */
  last_insert_rowid: number | string | null;
  /** Of a RETURNING clause. */
  rows: JsonObject[];
}

/** `isRepeated`: it was written before, and nothing was changed now. `why` is a sentence without its full stop. */
export type WriteReply = { ok: true; written: Written; isRepeated: boolean } | { ok: false; why: string };
