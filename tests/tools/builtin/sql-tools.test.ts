import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { checkSqlTool } from '../../../src/tools/builtin/check-sql.js';
import { getTableSchemasTool } from '../../../src/tools/builtin/get-table-schemas.js';
import { listTablesTool } from '../../../src/tools/builtin/list-tables.js';
import { runSqlTool } from '../../../src/tools/builtin/run-sql.js';
import { listFolder } from '../../support/folder-listing.js';
import { toolContext, type ContextParts } from '../tool-context.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;
const ORDERS = `CREATE TABLE order_items (id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, unit_price REAL);
  INSERT INTO order_items (quantity, unit_price) VALUES (1, 999.99), (2, 199.99), (5, 19.99);
  CREATE VIEW totals AS SELECT quantity * unit_price AS total FROM order_items;`;

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-sql-test-')));
  await mkdir(path.join(projectRoot, 'data'));
  make('data/shop.db', ORDERS);
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

function make(name: string, sql: string): void {
  const database = new Database(path.join(projectRoot, name));
  database.exec(sql);
  database.close();
}

const variables = { SQLITE_DB_PATH: 'data/shop.db' };
const contextOf = (parts: Partial<ContextParts> = {}) => toolContext({ projectRoot, variables, ...parts });
const query = (sql: string, args: JsonObject = {}) => runSqlTool.run(contextOf(), { query: sql, ...args });

describe('the SQL tools on a shop', () => {
  test('when tables are listed, described and summed, then the answer is right', async () => {
    expect(await listTablesTool.run(contextOf(), {})).toEqual({ kind: 'output', value: ['order_items', 'totals'] });
    const schemas = await getTableSchemasTool.run(contextOf(), { tables: ['order_items'] });
    expect(schemas).toMatchObject({
      value: {
        order_items: [
          { cid: 0, name: 'id', type: 'INTEGER', notnull: 0, dflt_value: null, pk: 1 },
          { name: 'quantity', notnull: 1 },
          { name: 'unit_price' },
        ],
      },
    });
    const sum = await query('SELECT sum(quantity * unit_price) AS total FROM order_items;');
    expect(sum).toEqual({ kind: 'output', value: [{ total: 1499.92 }] });
  });

  test('when a table is not there, then those that are there are named', async () => {
    const result = await getTableSchemasTool.run(contextOf(), { tables: ['orders'] });
    expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining('order_items, totals') });
  });

  test.each<[string, unknown]>([
    ['SELECT 1 AS a, 2 AS a', [{ a: 1, 'a:1': 2 }]],
    ['VALUES (1, 2)', [{ column1: 1, column2: 2 }]],
    ['-- a ; comment\nSELECT \'a;b\' AS "x;y" /* ; */ ; -- end', [{ 'x;y': 'a;b' }]],
    [
      'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n ORDER BY i DESC',
      [{ i: 3 }, { i: 2 }, { i: 1 }],
    ],
    ["SELECT x'0aff' AS bytes, NULL AS gap", [{ bytes: '0aff', gap: null }]],
    ['SELECT quantity FROM order_items ORDER BY unit_price LIMIT 1', [{ quantity: 5 }]],
    ['SELECT 5 - -3 AS x, 6 / 2 AS y', [{ x: 8, y: 3 }]],
    ['PRAGMA user_version', [{ user_version: 0 }]],
    ["PRAGMA table_info('totals')", [expect.objectContaining({ name: 'total' })]],
    ['SELECT * FROM order_items WHERE 0', []],
  ])('when the query is %s, then its rows are given', async (sql, rows) => {
    expect(await query(sql)).toEqual({ kind: 'output', value: rows });
  });

  test('when a number has more digits than a number can keep, then it is a text, and a warning says so', async () => {
    expect(await query('SELECT 9007199254740993 AS big, 7 AS small')).toEqual({
      kind: 'output',
      value: [{ big: '9007199254740993', small: 7 }],
      warnings: [expect.stringContaining('The result of the query has the number 9007199254740993')],
    });
  });

  test('when a plan is asked for, then it is explained', async () => {
    expect(await query('EXPLAIN QUERY PLAN SELECT * FROM order_items')).toMatchObject({ kind: 'output' });
  });
});

describe('the wall', () => {
  test.each([
    'DELETE FROM order_items',
    'UPDATE order_items SET quantity = 0',
    'INSERT INTO order_items VALUES (9, 9, 9)',
    'REPLACE INTO order_items VALUES (1, 9, 9)',
    'DROP TABLE order_items',
    'CREATE TABLE x (y)',
    'CREATE TEMP TABLE x (y)',
    'PRAGMA writable_schema = 1',
    'PRAGMA writable_schema(1)',
    'PRAGMA user_version = 5',
    'PRAGMA user_version(5)',
    'PRAGMA journal_mode = wal',
    'PRAGMA query_only = 0',
    'PRAGMA wal_checkpoint',
    "ATTACH 'other.db' AS other",
    'DETACH main',
    "VACUUM INTO 'copy.db'",
    'VACUUM',
    'REINDEX',
    'ANALYZE',
    'BEGIN; SELECT 1',
    'SELECT 1; SELECT 2',
    'SELECT 1; DELETE FROM order_items',
    'SELECT 1) ; DELETE FROM order_items; SELECT * FROM (SELECT 1',
    'SELECT 1); DELETE FROM order_items --',
    'WITH x AS (SELECT 1) DELETE FROM order_items',
    'EXPLAIN DELETE FROM order_items',
    "SELECT load_extension('x')",
    "SELECT writefile('x', 'y')",
    "SELECT readfile('/etc/passwd')",
    "SELECT 'open",
    'SELECT 1 /* open',
    '',
    ';;',
    '-- nothing',
    'SELECT 9e999',
    'nonsense',
  ])('when the query is %j, then it is a failure and the file is the same', async (sql) => {
    const before = await readFile(path.join(projectRoot, 'data/shop.db'));
    expect(await query(sql)).toMatchObject({ kind: 'failure', message: expect.any(String) });
    expect(await readFile(path.join(projectRoot, 'data/shop.db'))).toEqual(before);
    expect(await readdir(path.join(projectRoot, 'data'))).toEqual(['shop.db']);
    expect(await readdir(projectRoot)).toEqual(['data']);
  });

  test('when a value is infinite, then the failure names its column and says how to change the query', async () => {
    const infinite = await query('SELECT 1 AS a, -9e999 AS x');
    expect(infinite).toMatchObject({ kind: 'failure', message: expect.stringMatching(/"x".*CAST\(… AS TEXT\)/) });
    expect(await query('SELECT 1 AS a, CAST(-9e999 AS TEXT) AS x')).toMatchObject({ value: [{ a: 1, x: '-Inf' }] });
  });

  test.each([
    ['SELECT * FROM totals', { ok: true }],
    ['SELECT * FROM absent', { ok: false, error: expect.stringContaining('no such table') }],
    ['DELETE FROM order_items', { ok: false, error: expect.stringContaining('DELETE is refused') }],
    ['PRAGMA user_version', { ok: true }],
  ])('when %s is checked, then the verdict is %j', async (sql, value) => {
    expect(await checkSqlTool.run(contextOf(), { query: sql })).toEqual({ kind: 'output', value });
  });

  test('when a query runs for ever, then the end of the step ends it, and nothing is left', async () => {
    const endless = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const signal = AbortSignal.timeout(300);
    await expect(runSqlTool.run(contextOf({ signal }), { query: endless })).rejects.toThrow('timeout');
    expect(await readdir(path.join(projectRoot, 'data'))).toEqual(['shop.db']);
    expect(await query('SELECT 1 AS x')).toMatchObject({ kind: 'output' });
  });

  test('when there are too many rows, then none are given', async () => {
    const many = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 10001) SELECT i FROM n';
    expect(await query(many)).toMatchObject({ kind: 'failure', message: expect.stringContaining('10000 rows') });
  });

  test('when the rows are too large, then none are given', async () => {
    expect(await query('SELECT hex(zeroblob(15000000)) AS x')).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('larger'),
    });
  });

  test('when each of many rows is large, then reading ends with the first that are too much', async () => {
    const endless = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)';
    expect(await query(`${endless} SELECT zeroblob(4000000) AS x FROM n`)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('larger'),
    });
  });
});

describe('a database that another program left or holds open', () => {
  /** Runs SQL and copies all files of the database before it is closed. */
  async function freeze(sql: string): Promise<void> {
    make('data/live.db', ORDERS);
    const database = new Database(path.join(projectRoot, 'data/live.db'));
    database.exec(sql);
    await mkdir(path.join(projectRoot, 'frozen'));
    for (const name of await readdir(path.join(projectRoot, 'data'))) {
      const isJournal = name.startsWith('live.db') && !name.endsWith('.lock');
      if (isJournal) await copyFile(path.join(projectRoot, 'data', name), path.join(projectRoot, 'frozen', name));
    }
    database.close();
  }
  const grow =
    'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 50000) INSERT INTO order_items (quantity) SELECT i FROM n;';

  test.each([
    ['a write-ahead log', `PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; ${grow}`, 'live.db-wal', 50_003],
    ['the journal of a broken transaction', `PRAGMA cache_size = 1; BEGIN; ${grow}`, 'live.db-journal', 3],
  ])(
    'when it has %s, then what was committed is read, and all files stay as they are',
    async (_case, sql, journal, n) => {
      await freeze(sql);
      const before = listFolder(path.join(projectRoot, 'frozen'));
      const result = await query('SELECT count(*) AS n FROM order_items', { db_path: 'frozen/live.db' });
      expect(result).toEqual({ kind: 'output', value: [{ n }] });
      expect(listFolder(path.join(projectRoot, 'frozen'))).toEqual(before);
      expect(Object.keys(before)).toEqual(['live.db', journal]);
    },
  );

  test('when another program holds its lock, then it is read all the same', async () => {
    await mkdir(path.join(projectRoot, 'data/shop.db.lock'));
    expect(await query('SELECT count(*) AS n FROM order_items')).toMatchObject({ value: [{ n: 3 }] });
  });
});

describe('the name of the database', () => {
  const count = 'SELECT count(*) AS n FROM order_items';

  test.each<[string, Partial<ContextParts>, JsonObject]>([
    ['the argument', { variables: {} }, { db_path: 'data/shop.db' }],
    ['config_json', { variables: {} }, { config_json: '{"db_path": "data/shop.db"}' }],
    ['the setting', { variables: {}, settings: { run_sql: { db_path: 'data/shop.db' } } }, {}],
    ['the variable', {}, { db_path: null, config_json: null }],
  ])('when it comes from %s, then that file is read', async (_case, parts, args) => {
    expect(await runSqlTool.run(contextOf(parts), { query: count, ...args })).toMatchObject({ value: [{ n: 3 }] });
  });

  test('when nobody names it, then the failure says how to', async () => {
    const result = await runSqlTool.run(contextOf({ variables: {} }), { query: count });
    expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining('export SQLITE_DB_PATH=') });
  });

  test.each([
    ['../other.db', '--allow-path'],
    ['/etc/passwd', '--allow-path'],
    ['.hidden.db', 'dot'],
    ['runs/x.db', 'belongs to portia'],
    ['missing.db', 'no database'],
    ['data', 'folder'],
    ['text.db', 'not a database'],
  ])('when it is %s, then it is refused, and no file is made', async (name, reason) => {
    await writeFile(
      path.join(projectRoot, 'text.db'),
      'this is a text and no database at all, and long enough'.repeat(20),
    );
    expect(await query(count, { db_path: name })).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(reason),
    });
    expect((await readdir(projectRoot)).sort()).toEqual(['data', 'text.db']);
  });

  test.each(['{', '{"path": 1}', '[]'])('when config_json is %s, then its form is reported', async (config) => {
    expect(await query(count, { config_json: config })).toMatchObject({
      message: expect.stringContaining('"db_path"'),
    });
  });
});
