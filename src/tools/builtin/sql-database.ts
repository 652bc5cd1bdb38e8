import type { JsonObject } from '../../domain/values/json.js';
import type { ToolResult } from '../tool.js';
import type { QueryFindings, QueryResult } from './query-job.js';

/** What a database answers, or the failure of the call that asked. */
export type Answer<Value> = ({ ok: true; value: Value } & QueryFindings) | NoAnswer;

export interface NoAnswer {
  ok: false;
  failure: Extract<ToolResult, { kind: 'failure' }>;
}

/** A database that is only read. */
export interface SqlDatabase {
  /** The rows of one reading query; one more than `MAX_ROWS` when it has more. */
  query(sql: string): Promise<Answer<QueryResult>>;
  /** Why `query` would refuse this, without running it; null when it would not. */
  problemOf(sql: string): Promise<Answer<string | null>>;
  /** The names of tables and views, sorted. */
  tables(): Promise<Answer<string[]>>;
  /** The columns of each table as {cid, name, type, notnull, dflt_value, pk}: none for a table that does not exist. */
  columns(tables: readonly string[]): Promise<Answer<JsonObject[][]>>;
}
