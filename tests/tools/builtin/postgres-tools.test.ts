import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { checkSqlTool } from '../../../src/tools/builtin/check-sql.js';
import { fileReadiness, readingReadiness } from '../../../src/tools/builtin/database-name.js';
import { getTableSchemasTool } from '../../../src/tools/builtin/get-table-schemas.js';
import { listTablesTool } from '../../../src/tools/builtin/list-tables.js';
import { runSqlTool } from '../../../src/tools/builtin/run-sql.js';
import { askServer } from '../../support/ask-server.js';
import { HAS_POSTGRES } from '../../support/postgres.js';
import { toolContext } from '../tool-context.js';

const schema = `test_${randomUUID().replaceAll('-', '')}`;
/** The address that reads a schema with a shop. */
const url = addressOf(schema);

function addressOf(searched: string): string {
  if (!HAS_POSTGRES) return '';
  const address = new URL(inject('postgres'));
  address.searchParams.set('options', `-c search_path=${searched}`);
  return address.href;
}

async function makeShop(): Promise<void> {
  await askServer(
    inject('postgres'),
    `create schema ${schema};
     create table ${schema}.order_items (
       id bigint generated always as identity primary key, quantity integer not null, unit_price numeric(10, 2) default 1.5
     );
     insert into ${schema}.order_items (quantity, unit_price) values (1, 999.99), (2, 199.99), (5, 19.99);
     create view ${schema}.totals as select quantity * unit_price as total from ${schema}.order_items;
     create table ${schema}."Odd name" ("A b" text);
     create function ${schema}.forget() returns integer language sql as 'delete from ${schema}.order_items returning 1';
     create function ${schema}.hidden(o ${schema}.order_items) returns integer language plpgsql as 'begin return 1; end'`,
  );
}

const contextOf = (variables: Record<string, string>, signal?: AbortSignal) =>
  toolContext({ projectRoot: '/', variables, ...(signal && { signal }) });
const context = contextOf({ SQL_URL: url });
const query = (sql: string) => runSqlTool.run(context, { query: sql });

describe.runIf(HAS_POSTGRES)('the SQL tools on a PostgreSQL', () => {
  beforeAll(makeShop);
  afterAll(async () => {
    await askServer(inject('postgres'), `drop schema ${schema} cascade`);
  });

  test('when tables are listed, described and summed, then the answer is right', async () => {
    const listed = await listTablesTool.run(context, {});
    expect(listed).toEqual({ kind: 'output', value: expect.arrayContaining(['Odd name', 'order_items', 'totals']) });
    expect(await getTableSchemasTool.run(context, { tables: ['order_items', 'Odd name'] })).toEqual({
      kind: 'output',
      value: {
        order_items: [
          { cid: 0, name: 'id', type: 'bigint', notnull: 1, dflt_value: null, pk: 1 },
          { cid: 1, name: 'quantity', type: 'integer', notnull: 1, dflt_value: null, pk: 0 },
          { cid: 2, name: 'unit_price', type: 'numeric(10,2)', notnull: 0, dflt_value: '1.5', pk: 0 },
        ],
        'Odd name': [{ cid: 0, name: 'A b', type: 'text', notnull: 0, dflt_value: null, pk: 0 }],
      },
    });
    const sum = await query('SELECT sum(quantity * unit_price) AS total FROM order_items;');
    expect(sum).toEqual({ kind: 'output', value: [{ total: 1499.92 }] });
  });

  test('when a table is not there, then those that are there are named', async () => {
    const result = await getTableSchemasTool.run(context, { tables: ['orders'] });
    expect(result).toMatchObject({
      kind: 'failure',
      message: expect.stringMatching(/no table orders\. .*order_items/),
    });
  });

  test.each<[string, unknown]>([
    ['SELECT 1 AS a, 2 AS a, 3 AS "b c"', [{ a: 1, 'a:1': 2, 'b c': 3 }]],
    ['VALUES (1, 2)', [{ column1: 1, column2: 2 }]],
    [
      "SELECT date '2026-01-31' AS d, timestamp '2026-01-31 10:00' AS t",
      [{ d: '2026-01-31', t: '2026-01-31T10:00:00' }],
    ],
    ['SELECT true AS yes, NULL AS gap, array[1, 2] AS list', [{ yes: true, gap: null, list: [1, 2] }]],
    [`SELECT '{"a": [1, null]}'::jsonb AS json, 'NaN'::float8 AS x`, [{ json: { a: [1, null] }, x: 'NaN' }]],
    ['WITH n AS (SELECT generate_series(1, 3) AS i) SELECT i FROM n ORDER BY i DESC', [{ i: 3 }, { i: 2 }, { i: 1 }]],
    ['SELECT quantity FROM order_items ORDER BY unit_price LIMIT 1', [{ quantity: 5 }]],
    ['SELECT * FROM order_items WHERE false', []],
    ['TABLE "Odd name"', []],
    ['SHOW transaction_read_only', [{ transaction_read_only: 'on' }]],
    ['EXPLAIN SELECT 1', [{ 'QUERY PLAN': expect.stringContaining('Result') }]],
    ['SELECT random() < 2 AS sure, pg_database_size(current_database()) > 0 AS large', [{ sure: true, large: true }]],
  ])('when the query is %s, then its rows are given', async (sql, rows) => {
    expect(await query(sql)).toEqual({ kind: 'output', value: rows });
  });

  test('when a number has more digits than a number can keep, then it is a text, and a warning says so', async () => {
    expect(await query('SELECT 9007199254740993 AS big')).toEqual({
      kind: 'output',
      value: [{ big: '9007199254740993' }],
      warnings: [expect.stringContaining('9007199254740993')],
    });
  });

  test.each([
    ['DELETE FROM order_items', 'DELETE is refused'],
    ['', 'it is refused'],
    ['SELECT 1; DELETE FROM order_items', 'syntax error'],
    ['SELECT 1) AS a; DELETE FROM order_items', 'syntax error'],
    ['WITH gone AS (DELETE FROM order_items RETURNING 1) SELECT * FROM gone', 'top level'],
    ['SELECT * INTO copy FROM order_items', 'SELECT ... INTO is not allowed here'],
    ['SELECT * FROM order_items FOR UPDATE', 'read-only transaction'],
    ['SELECT forget()', 'function forget is marked VOLATILE'],
    ['SELECT quantity FROM order_items LIMIT forget()', 'function forget is marked VOLATILE'],
    ['SELECT * FROM FORGET ()', 'function forget is marked VOLATILE'],
    ["SELECT pg_terminate_backend(1), pg_read_file('x')", 'functions pg_read_file, pg_terminate_backend are'],
    ["SELECT set_config('transaction_read_only', 'off', false)", 'set_config is marked VOLATILE'],
    ["SELECT query_to_xml('delete from order_items', true, true, '')", 'query_to_xml is marked VOLATILE'],
    ['SELECT o.hidden FROM order_items o', 'function hidden is marked VOLATILE'],
    ['SELECT forget/**/() FROM order_items', 'it contains /*'],
    ['SELECT "forget" ()', 'function forget is marked VOLATILE'],
    [`SELECT E'\\'"' || forget() || '"'`, 'function forget is marked VOLATILE'],
    ['SELECT 1 AS "a""b"', 'it contains ""'],
    ['SELECT 1 -- all', 'it contains --'],
    ['SELECT U&"f\\006frget"()', 'it contains U&"'],
    ['EXPLAIN ANALYZE SELECT forget()', 'EXPLAIN of those'],
    ['EXPLAIN (ANALYZE) SELECT forget()', 'EXPLAIN of those'],
    ['SELECT * FROM nowhere', 'relation "nowhere" does not exist'],
    ["COPY order_items TO PROGRAM 'cat'", 'COPY is refused'],
    ['SET transaction_read_only = off', 'SET is refused'],
  ])('when the query is %s, then it is refused, and nothing is changed', async (sql, why) => {
    const refused = { kind: 'failure', message: expect.stringContaining(why), retryable: true, notDone: true };
    expect(await query(sql)).toEqual(refused);
    const checked = await checkSqlTool.run(context, { query: sql });
    expect(checked).toMatchObject({ value: { ok: false, error: expect.stringContaining(why) } });
    expect(await query('SELECT count(*) AS n FROM order_items')).toEqual({ kind: 'output', value: [{ n: 3 }] });
  });

  test.each([
    ['SELECT generate_series(1, 10001) AS i', 'more than 10000 rows'],
    ["SELECT repeat('x', 9000000 + quantity) FROM order_items", 'larger than 20000000 characters'],
    ["SELECT repeat('x', 9000000)", 'constants of more than a million characters'],
  ])('when %s gives too much, then the call says what to do', async (sql, why) => {
    expect(await query(sql)).toMatchObject({ kind: 'failure', message: expect.stringContaining(why), retryable: true });
  });

  test('when the call is aborted, then the query ends with it', async () => {
    const stop = new AbortController();
    const slow = 'SELECT count(*) FROM generate_series(1, 2000000000)';
    const call = runSqlTool.run(contextOf({ SQL_URL: url }, stop.signal), { query: slow });
    setTimeout(() => stop.abort(new Error('stopped')), 300);
    await expect(call).rejects.toThrow('stopped');
  });
});

describe('SQL_URL', () => {
  const listTables = (variables: Record<string, string>) => listTablesTool.run(contextOf(variables), {});

  test('when nothing listens there, then the call may be repeated, and no password is shown', async () => {
    const result = await listTables({ SQL_URL: `postgres://ada:s3cret@127.0.0.1:${await freePort()}/shop` });
    expect(result).toMatchObject({ kind: 'failure', retryable: true, notDone: true });
    expect(JSON.stringify(result)).toContain('ECONNREFUSED');
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });

  test.each(['mysql://ada:s3cret@localhost/shop', 'shop.db', 'postgres://a:s3cret:b@/:x'])(
    'when it is %s, then the message has an example, and no password',
    async (SQL_URL) => {
      const result = await listTables({ SQL_URL });
      expect(result).toMatchObject({
        kind: 'failure',
        retryable: false,
        message: expect.stringContaining('postgres://user@host'),
      });
      expect(JSON.stringify(result)).not.toContain('s3cret');
    },
  );

  test('when SQLITE_DB_PATH is set, too, then the tools are not ready, and a call says which to unset', async () => {
    const both = { SQL_URL: 'postgres://localhost/shop', SQLITE_DB_PATH: 'shop.db' };
    expect(await listTables(both)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('Unset one of them'),
    });
    expect(readingReadiness(contextOf(both).environment, {})).toEqual({
      ready: false,
      why: expect.stringContaining('are both set'),
      fix: 'unset SQLITE_DB_PATH',
    });
  });

  test('when it is set alone, then tools that read are ready, and write_sql is not', () => {
    const { environment } = contextOf({ SQL_URL: 'postgres://localhost/shop' });
    expect(readingReadiness(environment, {})).toEqual({ ready: true });
    expect(fileReadiness(environment, {})).toMatchObject({ ready: false });
  });

  test('when the call names a file, then that is read', async () => {
    const result = await listTablesTool.run(contextOf({ SQL_URL: 'postgres://localhost/shop' }), {
      db_path: 'none.db',
    });
    expect(result).toMatchObject({ message: 'There is no database "none.db" (argument db_path).' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
