import type { JsonObject } from '../../domain/values/json.js';

export interface Query {
  sql: string;
  /** A PRAGMA or EXPLAIN, which no other query can read from. */
  isReport?: boolean | undefined;
}

export interface QueryJob {
  file: string;
  readOnly: boolean;
  /** Of all text in the database. */
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Of text that is not UTF-8. */
  otherEncoding: string | undefined;
  queries: Query[];
  /** Characters of JSON that all rows together may have. */
  maxLength: number;
}

export interface QueryResult {
  /** The names of the columns in their order. */
  names: string[];
  /** BigInts are decimal texts and blobs hexadecimal. */
  rows: JsonObject[];
}

/** What was found out about the values on the way. */
export interface QueryFindings {
  /** The first whole number that a number cannot keep. */
  keptDigits?: string | undefined;
  /** Where the first text is that is not UTF-8, unless its encoding was said. */
  notUtf8?: { column: string; row: number } | undefined;
}

/** `why` is a sentence without its full stop. */
export type QueryReply = ({ ok: true; results: QueryResult[] } & QueryFindings) | { ok: false; why: string };
