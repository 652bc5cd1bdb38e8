import { mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import loadSqlJs from 'sql.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { getTableSchemasTool } from '../../../src/tools/builtin/get-table-schemas.js';
import { listTablesTool } from '../../../src/tools/builtin/list-tables.js';
import { runSqlTool } from '../../../src/tools/builtin/run-sql.js';
import { toolContext } from '../tool-context.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-sql-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

function make(sql: string): void {
  const database = new Database(path.join(projectRoot, 'a.db'));
  database.exec(sql);
  database.close();
}

const contextOf = () => toolContext({ projectRoot });
const query = (sql: string, args = {}) => runSqlTool.run(contextOf(), { query: sql, db_path: 'a.db', ...args });

describe('text of another encoding', () => {
  const JOSE = "CREATE TABLE t (id, name); INSERT INTO t VALUES (1, 'Ada'), (2, CAST(x'4A6F73E920646F73' AS TEXT));";

  test('when it is not UTF-8, then it is read as latin-1, and told where', async () => {
    make(JOSE);
    expect(await query('SELECT name FROM t')).toEqual({
      kind: 'output',
      value: [{ name: 'Ada' }, { name: 'José dos' }],
      warnings: [
        'The result of the query has text that is not UTF-8 (the first: row 2, column name), which was read as latin-1. If letters are wrong, say its encoding, such as encoding=windows-1251.',
      ],
    });
    expect(await query('SELECT name FROM t WHERE id = 1')).toEqual({ kind: 'output', value: [{ name: 'Ada' }] });
  });

  test.each([
    ['E9', 'é'],
    ['C3', 'Ã'],
    ['F09F98', 'ð\u009f\u0098'],
    ['80', '\u0080'],
    ['C0AF', 'À¯'],
    ['EDA080', 'í\u00a0\u0080'],
    [`${'61'.repeat(20)}FF62`, `${'a'.repeat(20)}ÿb`],
  ])('when its bytes are %s, then none is lost or taken for another', async (bytes, text) => {
    make(`CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'${bytes}' AS TEXT))`);
    expect(await query('SELECT a FROM t')).toMatchObject({ value: [{ a: text }] });
  });

  test('when its encoding is said, then it is that, without a warning, and UTF-8 stays UTF-8', async () => {
    make("CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'EFF0E8E2E5F2' AS TEXT)), ('привет')");
    expect(await query('SELECT a FROM t', { encoding: 'windows-1251' })).toEqual({
      kind: 'output',
      value: [{ a: 'привет' }, { a: 'привет' }],
    });
    expect(await query('SELECT a FROM t', { encoding: 'utf-9' })).toMatchObject({
      kind: 'failure',
      message: expect.stringMatching(/^The result cannot be read: the encoding "utf-9" is not known\. Say utf-8, /),
    });
  });

  test('when names are not UTF-8, then they are read as latin-1, and told', async () => {
    make('CREATE TABLE Stra_e ("Gr__e")');
    const database = path.join(projectRoot, 'a.db');
    const bytes = (await readFile(database))
      .toString('latin1')
      .replaceAll('Gr__e', 'Gr\xfc\xdfe')
      .replaceAll('Stra_e', 'Stra\xdfe');
    await writeFile(database, Buffer.from(bytes, 'latin1'));
    const warnings = [expect.stringContaining('has text that is not UTF-8')];
    expect(await listTablesTool.run(contextOf(), { db_path: 'a.db' })).toMatchObject({ value: ['Straße'], warnings });
    expect(await query('SELECT name FROM pragma_table_info((SELECT name FROM sqlite_master))')).toMatchObject({
      value: [{ name: 'Grüße' }],
      warnings,
    });
  });
});

describe('text with odd characters', () => {
  test.each([
    ["'a' || char(0) || 'b'", 'a\0b'],
    ["char(65279) || 'x'", '\uFEFFx'],
    ["char(65279) || 'more than sixteen letters'", '\uFEFFmore than sixteen letters'],
    ["'Grüße 😀'", 'Grüße 😀'],
    ["''", ''],
    ["x''", ''],
    ["x'00FF'", '00ff'],
    ['0.1', 0.1],
    ['-9007199254740991', -9007199254740991],
    ['1e300', 1e300],
    ['NULL', null],
  ])('when a value is %s, then it is whole', async (sql, value) => {
    make('CREATE TABLE t (a)');
    expect(await query(`SELECT ${sql} AS a`)).toEqual({ kind: 'output', value: [{ a: value }] });
  });

  test('when a value is made anew each time, then the result has one of them', async () => {
    make('CREATE TABLE t (a)');
    const { value } = {
      value: null,
      ...(await query(
        "SELECT CASE WHEN random() % 2 THEN 1 ELSE 'x' END AS a FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8))",
      )),
    };
    expect(value).toHaveLength(8);
    for (const { a } of value as { a: unknown }[]) expect(a).toBeOneOf([1, 'x']);
  });
});

test('when columns are called by years, then a warning gives their order', async () => {
  make('CREATE TABLE t (a)');
  expect(await query(`SELECT 'Oman' AS Country, 1 AS "2020", 2 AS "2019"`)).toEqual({
    kind: 'output',
    value: [{ Country: 'Oman', 2020: 1, 2019: 2 }],
    summary: 'Columns: Country, 2020, 2019',
    warnings: [
      'The result of the query has names that are whole numbers, which come first in its value. In its order: Country, 2020, 2019.',
    ],
  });
});

test.each([
  ['SELECT * FROM result', [{ c0: 1, '': 'x' }]],
  ['SELECT "" FROM result', [{ '': 'x' }]],
  ['SELECT * FROM result WHERE 0', []],
  ['WITH result AS (SELECT 5 AS n) SELECT * FROM result', [{ n: 5 }]],
  ['SELECT r.c0, s.c0 FROM result r JOIN result s', [{ c0: 1, 'c0:1': 1 }]],
  ['SELECT count(*) FROM result', [{ 'count(*)': 1 }]],
  ['SELECT \'it\'\'s\' AS "a""b", `c0` AS [x y] FROM result -- end', [{ 'a"b': "it's", 'x y': 1 }]],
  ['SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a DESC', [{ a: 2 }, { a: 1 }]],
  ['SELECT 1 AS __proto__', JSON.parse('[{"__proto__":1}]')],
  ['SELECT zeroblob(3) AS z, typeof(zeroblob(3)) AS t', [{ z: '000000', t: 'blob' }]],
  ['SELECT 1 AS a, 1.0 AS b, 1e3 AS c, -0.0 AS d', [{ a: 1, b: 1, c: 1000, d: 0 }]],
])('when the query is %s, then its columns and values are these', async (sql, rows) => {
  make('CREATE TABLE result (c0, ""); INSERT INTO result VALUES (1, \'x\')');
  const result = await query(sql);
  expect(JSON.stringify(result)).toBe(JSON.stringify({ kind: 'output', value: rows }));
});

test('when the name of a database has no ending, then it is read as others', async () => {
  make('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  await rename(path.join(projectRoot, 'a.db'), path.join(projectRoot, 'accounts'));
  expect(await query('SELECT a FROM t', { db_path: 'accounts' })).toEqual({ kind: 'output', value: [{ a: 1 }] });
});

test('when a table has the most columns that SQLite allows, then they are read', async () => {
  make(
    `CREATE TABLE t (${Array.from({ length: 2_000 }, (_, index) => `a${index}`).join()}); INSERT INTO t (a0, a1999) VALUES ('x', 2)`,
  );
  const { value } = { value: null, ...(await query('SELECT * FROM t')) };
  expect(value).toMatchObject([{ a0: 'x', a1: null, a1999: 2 }]);
});

describe.each(['UTF-16le', 'UTF-16be'])('a database in %s', (encoding) => {
  beforeEach(async () => {
    const sqlJs = await loadSqlJs();
    const database = new sqlJs.Database();
    database.run(`PRAGMA encoding = '${encoding}';
      CREATE TABLE "Maße" (id INTEGER PRIMARY KEY, "größe", big, bytes);
      INSERT INTO "Maße" VALUES (1, 'Grüße 😀', 9007199254740993, x'00ff'), (2, 'a' || char(0) || 'b', 1.5, NULL);`);
    await writeFile(path.join(projectRoot, 'a.db'), database.export());
    database.close();
  });

  test('when it is queried, then its text and numbers are right', async () => {
    expect(await query('SELECT * FROM "Maße" ORDER BY id')).toEqual({
      kind: 'output',
      value: [
        { id: 1, größe: 'Grüße 😀', big: '9007199254740993', bytes: '00ff' },
        { id: 2, größe: 'a\0b', big: 1.5, bytes: null },
      ],
      warnings: [expect.stringContaining('9007199254740993')],
    });
    expect(await query('SELECT id FROM "Maße" WHERE "größe" LIKE \'gr%\'')).toMatchObject({ value: [{ id: 1 }] });
    expect(await query('PRAGMA encoding')).toMatchObject({ value: [{ encoding }] });
    expect(await query('SELECT * FROM absent')).toMatchObject({ message: 'SQLite says: no such table: absent.' });
    expect(await query('DELETE FROM "Maße"')).toMatchObject({ kind: 'failure' });
  });

  test('when its tables are listed and described, then their names are right', async () => {
    expect(await listTablesTool.run(contextOf(), { db_path: 'a.db' })).toEqual({ kind: 'output', value: ['Maße'] });
    expect(await getTableSchemasTool.run(contextOf(), { db_path: 'a.db', tables: ['Maße'] })).toMatchObject({
      value: { Maße: [{ name: 'id' }, { name: 'größe' }, { name: 'big' }, { name: 'bytes' }] },
    });
  });

  test('when it uses a write-ahead log, then it is read, unless the log has something', async () => {
    const file = path.join(projectRoot, 'a.db');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(2, 18, 20));
    expect(await query('SELECT count(*) AS n FROM "Maße"')).toMatchObject({ value: [{ n: 2 }] });
    await writeFile(`${file}-wal`, 'frames');
    expect(await query('SELECT 1')).toMatchObject({
      kind: 'failure',
      message: 'The database keeps its text in UTF-16 and has a journal. Close the program that writes it.',
    });
  });
});
