import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { expect, test } from 'vitest';

import { crashPoints, leaveCrash, readUndisturbed } from '../support/crashed-project.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, printedError, printedQuestions, readEvents } from '../support/scenario.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;
const TOOL = 'write_sql';
const ADD = { statement: 'UPDATE people SET age = age + :years', parameters: { years: 1 }, db_path: 'shop.db' };

/** A project in which a plan writes to a database. */
function project(args: object = ADD, settings: object = { tools: { enable: [TOOL] } }): string {
  const step = { kind: 'tool', tool_id: TOOL, args, output: '$written' };
  const cwd = makeProject({
    'portia.json': settings,
    'plan.json': { plan_context: { query: 'Write it.', tool_ids: [TOOL] }, steps: [step] },
  });
  const database = new Database(join(cwd, 'shop.db'));
  database.exec("CREATE TABLE people (name, age); INSERT INTO people VALUES ('Ada', 36)");
  database.close();
  return cwd;
}

function ageIn(cwd: string): unknown {
  const database = new Database(join(cwd, 'shop.db'), { readOnly: true });
  const row = database.get('SELECT age FROM people');
  database.close();
  rmSync(join(cwd, 'shop.db.lock'), { recursive: true, force: true });
  return row?.['age'];
}

const RUN = ['run-plan', 'plan.json'];
const APPROVED = [...RUN, '--approve', TOOL];

test('when nothing enables the tool then the list, doctor, a plan and a call say how to enable it', async () => {
  const cwd = project(ADD, { tools: { enable: ['*sql*'] } });
  const fix = `"tools": {"enable": ["${TOOL}"]} in portia.json, or in your own settings`;
  for (const command of [['tools', 'list'], ['tools', 'describe', TOOL], ['doctor']]) {
    expect((await portiaHere([...command, '--format', 'human'], { cwd })).stdout).toContain(fix);
  }
  expect(expectError(await portiaHere(APPROVED, { cwd }), { code: 'invalid-settings', exit: 2 }).fix).toBe(fix);
  const call = ['tools', 'call', TOOL, 'statement=DELETE FROM people', 'db_path=shop.db'];
  expect(expectError(await portiaHere(call, { cwd }), { code: 'tool-failed', exit: 1 }).fix).toBe(fix);
  const enabled = project();
  expectError(await portiaHere(APPROVED, { cwd: enabled, env: UNTRUSTED }), { code: 'invalid-settings', exit: 2 });
});

test('when no database is named then the plan says how to name one', async () => {
  const cwd = project({ statement: 'DELETE FROM people' });
  expect(expectError(await portiaHere(APPROVED, { cwd }), { code: 'invalid-settings', exit: 2 }).fix).toContain(
    'export SQLITE_DB_PATH=',
  );
});

test('when the database is not there then a run and a call say so, and nobody is asked', async () => {
  const cwd = project({ ...ADD, db_path: 'no.db' });
  const message = `${TOOL} could not look at what it would do: There is no database "no.db" (argument db_path).`;
  expect(printedError((await portiaHere(RUN, { cwd })).stderr)['message']).toBe(`Step 1: ${message}`);
  const call = ['tools', 'call', TOOL, 'statement=DELETE FROM people', 'db_path=no.db'];
  expect(expectError(await portiaHere(call, { cwd }), { code: 'tool-failed', exit: 1 }).message).toBe(message);
});

test('when a statement is asked about then it is shown with its values, and made after a yes', async () => {
  const cwd = project();
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { tool_id: TOOL, args: ADD, user_guidance: expect.stringMatching(/It changes shop\.db \(\d+ bytes\)\./) },
  ]);
  expect(ageIn(cwd)).toBe(36);
  const done = await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--format', 'value'], { cwd });
  expect(JSON.parse(done.stdout)).toEqual({ changes: 1, last_insert_rowid: null, rows: [] });
  expect(ageIn(cwd)).toBe(37);
});

test('when a plan has a statement that is refused then the run says why, and nobody is asked', async () => {
  const { stderr } = await portiaHere(RUN, { cwd: project({ ...ADD, statement: 'DROP TABLE people' }) });
  const { code, message } = printedError(stderr);
  expect(code).toBe('invalid-input');
  expect(message).toContain('statement: is refused: DROP is refused: only one INSERT');
});

test('when a crash comes after the change then a call that is made again is seen, and its result given', async () => {
  const cwd = project();
  expect((await portiaHere(APPROVED, { cwd })).code).toBe(0);
  const undisturbed = readUndisturbed(cwd, onlyRun(cwd).id);
  const started = undisturbed.events.findIndex(({ type }) => type === 'tool.started') + 1;
  const point = crashPoints(undisturbed.events).find(({ lines, torn }) => lines === started && !torn);
  if (point === undefined) throw new Error('The call was not begun.');
  const crashed = project();
  leaveCrash(undisturbed, point, crashed);
  cpSync(join(cwd, 'shop.db'), join(crashed, 'shop.db'));
  const asked = await portiaHere(['resume', 'last'], { cwd: crashed });
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  const resumed = ['resume', 'last', '--answer', 'outcome=not_done', '--approve', TOOL];
  const done = await portiaHere(resumed, { cwd: crashed });
  expect(done.code, done.stderr).toBe(0);
  expect(onlyRun(crashed).outputs.step_outputs).toMatchObject({ $written: { value: { changes: 1 } } });
  expect(done.stderr.replaceAll(/\s+/g, ' ')).toContain('The call had written to shop.db already.');
  expect(ageIn(crashed)).toBe(37);
});

/** It does not end by itself. */
const ENDLESS =
  'UPDATE people SET age = (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)';

test('when portia is killed in the middle then the database is as it was, and a resume asks what happened', async () => {
  const cwd = project({ ...ADD, statement: ENDLESS, parameters: null });
  const before = readFileSync(join(cwd, 'shop.db'));
  // What it cannot remove any more is removed with the project.
  const running = startPortia([...APPROVED, '--format', 'ndjson'], { cwd, env: { TMPDIR: cwd } });
  const end = ended(running, '');
  await new Promise<void>((seen) => {
    running.stdout?.on('data', (text: string) => text.includes('tool.started') && seen());
  });
  running.kill('SIGKILL');
  await end;
  expect(readFileSync(join(cwd, 'shop.db')).equals(before)).toBe(true);
  const asked = await portia(['resume', 'last', '--approve', TOOL], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
});

test('when a statement hangs then it is ended, and nothing was done', async () => {
  const settings = { tools: { enable: [TOOL], settings: { [TOOL]: { timeout_ms: 2_000 } } } };
  const cwd = project({ ...ADD, statement: ENDLESS, parameters: null }, settings);
  const failed = await portia(APPROVED, { cwd });
  expect(failed.code).toBe(1);
  expect(printedError(failed.stderr)['message']).toContain(
    'took longer than 1 seconds and was ended. Nothing was changed.',
  );
  expect(readEvents(cwd, onlyRun(cwd).id).find(({ type }) => type === 'tool.failed')).toMatchObject({ not_done: true });
});

test('when another program changes the database after the yes then the statement is made on what is there', async () => {
  const cwd = project();
  await portiaHere(RUN, { cwd });
  const other = project();
  writeFileSync(join(cwd, 'shop.db'), readFileSync(join(other, 'shop.db')));
  const done = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd });
  expect(done.code).toBe(0);
  expect(ageIn(cwd)).toBe(37);
});
