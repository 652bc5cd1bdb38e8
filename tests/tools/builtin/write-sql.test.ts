import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { expect, onTestFinished, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { runSqlTool } from '../../../src/tools/builtin/run-sql.js';
import { bindParameters, writeProblem } from '../../../src/tools/builtin/write-guard.js';
import { writeSqlTool } from '../../../src/tools/builtin/write-sql.js';
import type { ToolResult } from '../../../src/tools/tool.js';
import { makeProject } from '../../support/portia.js';
import { toolContext, type ContextParts } from '../tool-context.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

/** A project with a database of two people. */
function project(more = ''): string {
  const folder = makeProject();
  const database = new Database(join(folder, 'shop.db'));
  database.exec(`CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, age);
    INSERT INTO people (name, age) VALUES ('Ada', 36), ('Grace', 85); ${more}`);
  database.close();
  return folder;
}

interface Call extends Partial<ContextParts> {
  key?: string;
}

async function write(projectRoot: string, args: JsonObject, { key = 'key', ...parts }: Call = {}): Promise<ToolResult> {
  const context = toolContext({ projectRoot, ...parts });
  return writeSqlTool.run({ ...context, idempotencyKey: key }, { db_path: 'shop.db', ...args });
}

async function rows(projectRoot: string, query = 'SELECT name, age FROM people ORDER BY id'): Promise<unknown> {
  const read = await runSqlTool.run(toolContext({ projectRoot }), { db_path: 'shop.db', query });
  return 'value' in read ? read.value : read;
}

const bytesOf = (folder: string) => readFileSync(join(folder, 'shop.db')).toString('base64');

test.each<[string, JsonObject, object]>([
  [
    'INSERT INTO people (name, age) VALUES (?, ?)',
    { parameters: ['Alan', 41] },
    { changes: 1, last_insert_rowid: 3, rows: [] },
  ],
  [
    'UPDATE people SET age = :age WHERE name = $name',
    { parameters: { age: null, name: 'Ada' } },
    { changes: 1, last_insert_rowid: null },
  ],
  ['DELETE FROM people;', {}, { changes: 2 }],
  ['DELETE FROM people WHERE age > 50 RETURNING name, age', {}, { changes: 1, rows: [{ name: 'Grace', age: 85 }] }],
  ["REPLACE INTO people (name) VALUES ('a;b')", {}, { changes: 1 }],
  ['WITH old(n) AS (SELECT name FROM people WHERE age > 50) DELETE FROM people WHERE name IN old', {}, { changes: 1 }],
  ['CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)', {}, { changes: 0, last_insert_rowid: null }],
  ['CREATE UNIQUE INDEX by_age ON people (age)', {}, { changes: 0 }],
  ['CREATE VIEW old AS SELECT * FROM people WHERE age > 50', {}, { changes: 0 }],
  [
    "INSERT INTO people (age) VALUES (9007199254740993), (x'0aff') RETURNING age",
    {},
    { rows: [{ age: '9007199254740993' }, { age: '0aff' }] },
  ],
])('when the statement is %s then it is made, and what it did is given', async (statement, args, value) => {
  const cwd = project();
  expect(await write(cwd, { statement, ...args })).toMatchObject({ kind: 'output', value });
  expect(await rows(cwd, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(readdirSync(cwd).toSorted()).toEqual(['.home', 'shop.db']);
});

test.each<[string, string]>([
  ['', 'it is empty'],
  ['SELECT 1', 'SELECT is refused'],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 'SELECT is refused'],
  ['WITH a AS (DELETE FROM people) SELECT 1', 'SELECT is refused'],
  ['UPDATE people SET age = 1; DELETE FROM people', 'it has 2 statements'],
  ['DROP TABLE people', 'DROP is refused'],
  ['ALTER TABLE people ADD x', 'ALTER is refused'],
  ["ATTACH 'other.db' AS o", 'ATTACH is refused'],
  ["VACUUM INTO 'other.db'", 'VACUUM is refused'],
  ['PRAGMA writable_schema = 1', 'PRAGMA is refused'],
  ['BEGIN', 'BEGIN is refused'],
  ['COMMIT', 'COMMIT is refused'],
  ['CREATE TEMP TABLE t (x)', 'CREATE is refused'],
  ['CREATE VIRTUAL TABLE t USING fts5 (x)', 'CREATE is refused'],
  ['CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT 1; END', 'statements'],
  ['EXPLAIN DELETE FROM people', 'EXPLAIN is refused'],
  ['DELETE FROM people\0 WHERE id = 1', 'it holds a NUL character'],
  ["UPDATE people SET name = 'a", 'a quote or comment in it does not end'],
  ['DELETE FROM "portia_writes"', "portia_writes is portia's own table"],
  ['(DELETE FROM people)', 'is refused'],
  [';'.repeat(200_000), 'it is empty'],
  ['('.repeat(200_000), 'is refused'],
  [`WITH ${'('.repeat(200_000)}`, 'is refused'],
])('when the statement is %s then it is refused', async (statement, why) => {
  expect(writeProblem(statement)).toContain(why);
  expect(await writeSqlTool.parseArguments({ statement })).toMatchObject({ ok: false });
});

test.each<[string, unknown, string]>([
  ['DELETE FROM people WHERE id = ?', undefined, '1 places ? and 0 parameters'],
  ['DELETE FROM people WHERE id = ?', [1, 2], '1 places ? and 2 parameters'],
  ['DELETE FROM people WHERE id = :id', [1], ':id needs a name'],
  ['DELETE FROM people WHERE id = :id', {}, 'parameters has no id'],
  ['DELETE FROM people WHERE id = :id', { id: 1, name: 'x' }, 'no place for name'],
  ['DELETE FROM people WHERE id = ?', { id: 1 }, '? needs a list'],
  ['DELETE FROM people WHERE id = ?1', [1], '?1 needs a name'],
  ['DELETE FROM people WHERE name = ?', ['a\0b'], 'a parameter holds a NUL character'],
  ["DELETE FROM people WHERE name = '?' -- ?", ['a'], '0 places ? and 1 parameters'],
])('when the parameters of %s are %j then nothing is left to SQLite', (statement, parameters, why) => {
  expect(bindParameters(statement, parameters as [])).toMatchObject({ ok: false, why: expect.stringContaining(why) });
});

test('when values hold SQL then they are only values', async () => {
  const cwd = project();
  const name = "x'); DELETE FROM people; --";
  await write(cwd, { statement: 'INSERT INTO people (name, age) VALUES (?, ?)', parameters: [name, true] });
  expect(await rows(cwd)).toEqual([
    { name: 'Ada', age: 36 },
    { name: 'Grace', age: 85 },
    { name, age: 1 },
  ]);
});

test('when SQLite refuses a statement then all of it is undone', async () => {
  const cwd = project();
  const before = bytesOf(cwd);
  const statement = "INSERT INTO people (name) VALUES ('Alan'), ('Ada')";
  expect(await write(cwd, { statement })).toMatchObject({
    kind: 'failure',
    notDone: true,
    retryable: true,
    message: 'SQLite says: UNIQUE constraint failed: people.name. Nothing was changed.',
  });
  expect(bytesOf(cwd)).toBe(before);
});

test('when the same call is made again then it changes nothing, and gives what it gave', async () => {
  const cwd = project();
  const args = { statement: 'UPDATE people SET age = age + 1 RETURNING age' };
  const first = await write(cwd, args, { key: 'one' });
  const bytes = bytesOf(cwd);
  expect(await write(cwd, args, { key: 'one' })).toEqual({
    ...first,
    warnings: ['The call had written to shop.db already.'],
  });
  expect(bytesOf(cwd)).toBe(bytes);
  await write(cwd, args, { key: 'two' });
  expect(await rows(cwd)).toEqual([
    { name: 'Ada', age: 38 },
    { name: 'Grace', age: 87 },
  ]);
  expect(await rows(cwd, 'SELECT idempotency_key FROM portia_writes ORDER BY written_at')).toHaveLength(2);
});

test('when many calls of one process write at once then each counts', async () => {
  const cwd = project();
  const calls = Array.from({ length: 6 }, (_, index) =>
    write(cwd, { statement: "UPDATE people SET age = age + 1 WHERE name = 'Ada'" }, { key: `key ${index}` }),
  );
  expect(await Promise.all(calls)).toMatchObject(calls.map(() => ({ kind: 'output', value: { changes: 1 } })));
  expect(await rows(cwd)).toMatchObject([{ age: 42 }, { age: 85 }]);
});

test('when a statement does not end then it is ended, and nothing is changed', async () => {
  const cwd = project();
  const before = bytesOf(cwd);
  const statement =
    'INSERT INTO people (age) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
  const ended = await write(cwd, { statement }, { settings: { write_sql: { timeout_ms: 1_000 } } });
  expect(ended).toMatchObject({
    kind: 'failure',
    notDone: true,
    message: expect.stringContaining('longer than 0.5 seconds'),
  });
  expect(bytesOf(cwd)).toBe(before);
});

test('when RETURNING gives too much then nothing is changed', async () => {
  const cwd = project();
  const before = bytesOf(cwd);
  const statement =
    'INSERT INTO people (age) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1001) SELECT i FROM n RETURNING age';
  expect(await write(cwd, { statement })).toMatchObject({
    notDone: true,
    message: expect.stringContaining('more than 1000 rows'),
  });
  expect(bytesOf(cwd)).toBe(before);
});

const DELETE = { statement: 'DELETE FROM people' };

test.each<[string, (cwd: string) => void, string]>([
  ['is write-protected', (cwd) => chmodSync(join(cwd, 'shop.db'), 0o444), 'is write-protected'],
  ['has a journal', (cwd) => writeFileSync(join(cwd, 'shop.db-journal'), 'x'), 'has a journal (shop.db-journal)'],
  ['is no database', (cwd) => writeFileSync(join(cwd, 'shop.db'), 'text'.repeat(1_000)), 'not a database'],
  [
    'is cut',
    (cwd) => writeFileSync(join(cwd, 'shop.db'), readFileSync(join(cwd, 'shop.db')).subarray(0, 5_000)),
    'SQLite says',
  ],
])('when the database %s then it stays as it is', async (_what, spoil, why) => {
  const cwd = project();
  spoil(cwd);
  const before = bytesOf(cwd);
  expect(await write(cwd, DELETE)).toMatchObject({
    kind: 'failure',
    notDone: true,
    message: expect.stringContaining(why),
  });
  expect(bytesOf(cwd)).toBe(before);
});

test.each([
  ['../shop.db', 'is outside'],
  ['no.db', 'There is no database "no.db" (argument db_path)'],
  ['link.db', 'symbolic link'],
  ['.home', 'Cannot write'],
  ['plans/x.db', 'Cannot write'],
])('when the database is %s then nothing is written', async (db_path, why) => {
  const cwd = project();
  symlinkSync(join(cwd, 'shop.db'), join(cwd, 'link.db'));
  expect(await write(cwd, { ...DELETE, db_path })).toMatchObject({
    notDone: true,
    message: expect.stringContaining(why),
  });
});

test('when the database keeps its text in UTF-16 then it is only read', async () => {
  const cwd = makeProject();
  const header = Buffer.alloc(4_096);
  header.write('SQLite format 3\0');
  header[59] = 2;
  writeFileSync(join(cwd, 'shop.db'), header);
  expect(await write(cwd, DELETE)).toMatchObject({ message: expect.stringContaining('UTF-16, which is only read') });
});

test('when the database was in WAL mode and is closed then it is written, with the rights that it had', async () => {
  const cwd = project();
  const bytes = readFileSync(join(cwd, 'shop.db'));
  // What `PRAGMA journal_mode = wal` leaves.
  bytes.fill(2, 18, 20);
  writeFileSync(join(cwd, 'shop.db'), bytes);
  chmodSync(join(cwd, 'shop.db'), 0o640);
  expect(await write(cwd, { statement: 'UPDATE people SET age = 1' })).toMatchObject({ value: { changes: 2 } });
  expect(await rows(cwd)).toMatchObject([{ age: 1 }, { age: 1 }]);
  expect(statSync(join(cwd, 'shop.db')).mode & 0o777).toBe(0o640);
});

test.runIf(existsSync('/proc/self/fd'))(
  'when another program has it open then it is named, and nothing is written',
  async () => {
    const cwd = project();
    const other = spawn('sh', ['-c', 'exec 3< shop.db; echo open; read line'], {
      cwd,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => void other.kill());
    await new Promise((open) => other.stdout.once('data', open));
    const refused = await write(cwd, DELETE);
    expect(refused).toMatchObject({ notDone: true, retryable: true });
    expect(refused).toMatchObject({
      message: expect.stringContaining(`(process ${other.pid}), which would miss the change`),
    });
  },
);
