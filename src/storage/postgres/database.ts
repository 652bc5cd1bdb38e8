import type { Pool, PoolClient } from 'pg';

import { databaseProblem, isUnreachable } from './database-problem.js';
import type { StoreUrl } from './store-url.js';

export type Row = Record<string, unknown>;

export interface Query {
  (statement: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  /** How many statements run side by side at most. Default: 8. */
  connections?: number | undefined;
  /** How long to wait for a connection, in milliseconds. Default: 10,000. */
  connectMs?: number | undefined;
  /** How long one statement may take, in milliseconds. Default: 30,000. */
  statementMs?: number | undefined;
}

/** Connections to one PostgreSQL. They are made when they are needed; `close` ends them. */
export class Database {
  readonly shown: string;
  readonly schema: string;
  /** What the address says: how long a driver may be silent, in milliseconds. */
  readonly leaseMs: number;
  readonly #url: StoreUrl;
  readonly #options: DatabaseOptions;
  #pool: Promise<Pool> | undefined;

  constructor(url: StoreUrl, options: DatabaseOptions = {}) {
    this.#url = url;
    this.shown = url.shown;
    this.schema = url.schema;
    this.leaseMs = url.leaseMs;
    this.#options = options;
  }

  /** One statement, which is done when this resolves. Rejects with `store-unreachable` or `storage-failed`. */
  readonly query: Query = (statement, values = []) =>
    this.#told(async () => (await (await this.#open()).query<Row>(statement, [...values])).rows);

  /** A statement that may be repeated: it is, once, when a connection turns out to be broken. */
  readonly read: Query = async (statement, values) => {
    try {
      return await this.query(statement, values);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return this.query(statement, values);
    }
  };

  /** The time by the clock of the server. */
  async clock(): Promise<Date> {
    const [row] = await this.read('select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms');
    return new Date(Number(row?.['ms']));
  }

  /** All of what `act` asks, or nothing of it. */
  async transaction<Result>(act: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#told(async () => {
      const client = await (await this.#open()).connect();
      let isBroken = true;
      try {
        await client.query('begin');
        const result = await act(queryOf(client));
        await client.query('commit');
        isBroken = false;
        return result;
      } finally {
        // Ending the connection rolls back what was not committed.
        client.release(isBroken);
      }
    });
  }

  /**
   * Calls back with what another connection tells in this schema, as long as the connection holds; `ended` when it does not
   * any more. Gives a function that stops this.
   */
  async listen(told: (text: string) => void, ended: () => void = () => undefined): Promise<() => Promise<void>> {
    const client = await this.#told(async () => (await this.#open()).connect());
    let isOver = false;
    const end = (isBroken: boolean) => {
      if (!isOver) client.release(isBroken);
      isOver = true;
    };
    client.on('notification', ({ payload = '' }) => told(payload));
    client.on('error', () => {
      end(true);
      ended();
    });
    await this.#told(async () => client.query(`listen ${this.schema}`));
    return async () => end(true);
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await (await pool)?.end();
  }

  #open(): Promise<Pool> {
    return (this.#pool ??= this.#connect());
  }

  async #connect(): Promise<Pool> {
    const { connections = 8, connectMs = 10_000, statementMs = 30_000 } = this.#options;
    // Loaded only here: it is a quarter of the time of a short command.
    const pg = await import('pg');
    const pool = new pg.Pool({
      connectionString: this.#url.connection,
      max: connections,
      connectionTimeoutMillis: connectMs,
      query_timeout: statementMs,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'portia',
      verify: (client, done) => client.query(`set search_path to ${this.schema}`, [], (error) => done(error)),
    });
    // A connection that breaks while nobody uses it. Whoever needs one gets another.
    pool.on('error', () => undefined);
    return pool;
  }

  async #told<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      throw databaseProblem(error, this.shown);
    }
  }
}

function queryOf(client: PoolClient): Query {
  return async (statement, values = []) => (await client.query<Row>(statement, [...values])).rows;
}
