import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';
import { describe, expect, inject, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES } from '../support/postgres.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, printedError, story } from '../support/scenario.js';
import { storedIn } from '../support/tested-store.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;
const ENV = { SQLITE_DB_PATH: 'data/shop.db' };
const SUM = 'SELECT sum(quantity * unit_price) AS total FROM order_items';

const sqlStep = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });

function shopProject(query: string): string {
  const cwd = makeProject({
    'data/.keep': '',
    'sales.json': {
      id: 'plan-019a0000-0000-7000-8000-000000000010',
      plan_context: {
        query: 'What is the total of all orders?',
        tool_ids: ['get_table_schemas', 'list_tables', 'run_sql'],
      },
      steps: [
        sqlStep('list_tables', {}, '$tables'),
        sqlStep('get_table_schemas', { tables: ['order_items'] }, '$schemas'),
        sqlStep('run_sql', { query }, '$rows'),
      ],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
  const database = new Database(join(cwd, ENV.SQLITE_DB_PATH));
  database.exec(`CREATE TABLE order_items (id INTEGER PRIMARY KEY, quantity INTEGER, unit_price REAL);
    INSERT INTO order_items (quantity, unit_price) VALUES (1, 999.99), (2, 199.99), (5, 19.99);`);
  database.close();
  return cwd;
}

const bytesOf = (cwd: string) => readFileSync(join(cwd, ENV.SQLITE_DB_PATH)).toString('base64');

describe('SQL without a model', () => {
  test('when tables are listed, described and summed then the total comes out', async () => {
    const cwd = shopProject(SUM);
    const before = bytesOf(cwd);
    const { code, stdout } = await portiaHere(['run-plan', 'sales.json'], { cwd, env: ENV });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect(run).toMatchObject({ state: 'COMPLETE', current_step_index: 2, usage: { calls: 0 } });
    expect(run.outputs.step_outputs).toMatchObject({
      $tables: { value: ['order_items'] },
      $schemas: { value: { order_items: [{ name: 'id' }, { name: 'quantity' }, { name: 'unit_price' }] } },
      $rows: { value: [{ total: 1499.92 }] },
    });
    expect(run.outputs.final_output).toEqual({ value: [{ total: 1499.92 }], summary: null });
    expect(bytesOf(cwd)).toBe(before);
    await expectSoundPlan(cwd, 'sales.json', {
      env: ENV,
      warnings: ['Nothing uses $tables.', 'Nothing uses $schemas.'],
    });
  });

  test.each([
    'DELETE FROM order_items',
    'UPDATE order_items SET quantity = 0',
    'PRAGMA writable_schema = 1',
    `${SUM}; DELETE FROM order_items`,
    'DROP TABLE order_items',
    "ATTACH DATABASE 'other.db' AS other",
  ])(
    'when the query is %s then the tool refuses, it exits 1, and the file is unchanged byte for byte',
    async (query) => {
      const cwd = shopProject(query);
      const before = bytesOf(cwd);
      const { code, stdout, stderr } = await portiaHere(['run-plan', 'sales.json'], { cwd, env: ENV });
      expect(code).toBe(1);
      const run = JSON.parse(stdout) as Run;
      expect(run).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', step: '2' } });
      expect(printedError(stderr)).toMatchObject({ code: 'tool-failed', exit_code: 1, run_id: run.id });
      // The steps before it only read, so they may overlap with it.
      const ends = story(cwd, run.id).filter((event) => / 2$|^run\./.test(event));
      expect(ends.slice(-4)).toEqual(['tool.started 2', 'tool.failed 2', 'step.failed 2', 'run.failed']);
      expect(bytesOf(cwd)).toBe(before);
    },
  );

  test('when no database is named then it exits 2 before the run begins, naming the variable', async () => {
    const cwd = shopProject(SUM);
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'sales.json'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.stringify(printedError(stderr))).toContain('SQLITE_DB_PATH');
  });
});

describe.runIf(HAS_POSTGRES)('SQL on a PostgreSQL', () => {
  test('when SQL_URL names it, then a plan reads it, and the run says nothing of the address', async () => {
    const address = new URL(inject('postgres'));
    address.password = 's3cret';
    const cwd = shopProject('SELECT sum(n) AS total FROM (VALUES (1), (2)) AS numbers(n)');
    const plan = { ...JSON.parse(readFileSync(join(cwd, 'sales.json'), 'utf8')) };
    writeFileSync(join(cwd, 'sales.json'), JSON.stringify({ ...plan, steps: plan.steps.slice(2) }));
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'sales.json'], {
      cwd,
      env: { SQL_URL: address.href },
    });
    expect(stderr + code).toMatch(/0$/);
    expect((JSON.parse(stdout) as Run).outputs.final_output).toEqual({ value: [{ total: 3 }], summary: null });
    const runs = join(storedIn(cwd), 'runs');
    for (const name of readdirSync(runs, { recursive: true, encoding: 'utf8' })) {
      const file = join(runs, name);
      if (statSync(file).isFile()) expect(readFileSync(file, 'utf8')).not.toMatch(/s3cret|postgres:/);
    }
  });
});
