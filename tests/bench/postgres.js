// A store in PostgreSQL, in a schema of its own: lists among a million runs, reading a long run, what a step takes, and workers.
// Only where PORTIA_TEST_POSTGRES names a server, and by name: npm run bench -- postgres
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { bench, folder, isWanted, median, node, portia } from './measure.js';
import { compute, loop, runPlan, writePlan } from './projects.js';
import { measureWorkers, WORKER_LINES } from './workers.js';

const FEW = 1_000;
const MANY = 1_000_000;
const SERVER = process.env.PORTIA_TEST_POSTGRES;
const SCHEMA = `bench_${process.pid}`;
const ASK = { kind: 'user_input', message: 'Which?', output: '$which' };

const amongMany = (what) => `${what} of 1,000,000 runs / of 1,000`;
const LISTS = {
  'newest 20': {},
  'newest 20 that failed': { state: 'FAILED' },
  'newest 20 that ask': { state: 'NEED_CLARIFICATION' },
};
const READ = 'events read to resume a run of 100,000 / its events';
const [ROWS, BYTES] = ['rows a step (one compute step of a loop)', 'bytes a step on disk, with indexes'];

export async function measurePostgres() {
  if (SERVER === undefined) return;
  const names = [...Object.keys(LISTS).map(amongMany), READ, ROWS, BYTES, ...WORKER_LINES];
  if (!names.some((name) => isWanted('postgres', name))) return;
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    await client.query(`set search_path to ${SCHEMA}`);
    node(at('store', 'init'));
    // First: what this connection itself reads is counted, too.
    await measureLongRun(client);
    await measureSize(client);
    await measureWorkers({ at, client });
    await measureMany(client);
  } finally {
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
    await client.end();
  }
}

function at(...args) {
  const url = new URL(SERVER);
  url.searchParams.set('schema', SCHEMA);
  return portia(...args, '--store', url.href);
}

async function one(client, statement) {
  const { rows } = await client.query(statement);
  return Number(Object.values(rows[0])[0]);
}

/** A run of 2,000 steps, beside one of none. */
async function measureSize(client) {
  if (![ROWS, BYTES].some((name) => isWanted('postgres', name))) return;
  const steps = 2_000;
  const url = at().at(-1);
  const size = () => one(client, `select pg_total_relation_size('events') + pg_total_relation_size('memory')`);
  const rows = () => one(client, 'select count(*) from events');
  runPlan([compute('1', '$one')], '--store', url);
  await client.query('vacuum full events');
  const before = [await rows(), await size()];
  runPlan(loop(steps), '--store', url);
  await client.query('vacuum full events');
  const after = [await rows(), await size()];
  const [rowsAStep, bytesAStep] = after.map((value, index) => (value - before[index]) / steps);
  bench('postgres', ROWS, 3, () => rowsAStep);
  bench('postgres', BYTES, 1_200, () => bytesAStep);
}

async function measureLongRun(client) {
  if (!isWanted('postgres', READ)) return;
  writePlan('turns.json', [...loop(50_000), ASK]);
  const { id } = JSON.parse(node(at('run-plan', 'turns.json', '--json', '-q'), { status: 8 }).stdout);
  const events = await one(client, 'select max(last_seq) from runs');
  const read = () => rowsRead(client);
  const before = await read();
  node(at('resume', id, '--answer', 'which=this', '-q'));
  const after = await read();
  bench('postgres', READ, 1.1, () => (after - before) / events);
}

/** Rows of the events that were read so far, once the server has counted those of the connections that ended. */
async function rowsRead(client) {
  const counted = () =>
    one(client, `select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relid = 'events'::regclass`);
  for (let last = -1; ;) {
    await client.query('select pg_stat_clear_snapshot()');
    const now = await counted();
    if (now === last) return now;
    last = now;
    await sleep(2_000);
  }
}

async function measureMany(client) {
  if (
    !Object.keys(LISTS)
      .map(amongMany)
      .some((name) => isWanted('postgres', name))
  )
    return;
  const few = await timesAmong(client, FEW);
  const many = await timesAmong(client, MANY);
  for (const name of Object.keys(LISTS)) bench('postgres', amongMany(name), 3, () => many[name] / few[name]);
}

/** Milliseconds of each list, in this process: starting the program would hide what the database does. */
async function timesAmong(client, count) {
  await client.query('truncate runs cascade');
  await client.query(
    `insert into runs (id, made_ms, is_part, last_seq, plan_id, state, open_questions, wake_at, created_at, updated_at)
     select 'prun-01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), n, false, 5, 'plan-01890000-0000-7000-8000-000000000001',
       case when n % 100 = 1 then 'NEED_CLARIFICATION' when n % 100 = 2 then 'FAILED' else 'COMPLETE' end,
       case when n % 100 = 1 then 1 else 0 end, case when n % 100 = 3 then now() end, '', ''
     from generate_series(1, ${count}) n`,
  );
  await client.query('analyze runs');
  process.env.PORTIA_STORE = at().at(-1);
  const { Portia } = await import('../../dist/index.js');
  const program = new Portia({ dir: folder });
  const times = {};
  for (const [name, filter] of Object.entries(LISTS)) {
    const list = async () => {
      const start = performance.now();
      const { length } = await program.listRuns({ ...filter, limit: 20 });
      if (length === 0) throw new Error(`${name}: none of ${count} was found`);
      return performance.now() - start;
    };
    const all = [];
    for (let turn = 0; turn < 50; turn += 1) all.push(await list());
    times[name] = median(all);
  }
  await program.close();
  return times;
}
