// Workers that share a queue in PostgreSQL: runs a second with 1, 2 and 4 of them, and what a claim and a flush take
// beside one INSERT … COMMIT of the same size.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { rolldown } from 'rolldown';

import { bench, folder, isWanted, median, node, nodeAside } from './measure.js';
import { compute, writePlan } from './projects.js';

/** How many runs are submitted for each number of workers. PORTIA_BENCH_RUNS says another number, for a look. */
const RUNS = Number(process.env.PORTIA_BENCH_RUNS ?? 10_000);
const WORKERS = [1, 2, 4];
const JOBS = 8;
/** How many claims and flushes are timed. */
const TURNS = Math.min(RUNS, 1_000);

const timeOf = (workers) => `time of ${workers} workers to drive a queue / of one`;
const WRITES = ['claim', 'flush'];
const SHARES = { p50: 0.5, p99: 0.99 };
const besideInsert = (share, write) => `${share} of a ${write} / of one INSERT … COMMIT of the same size`;

const DRIVING = WORKERS.slice(1).map(timeOf);
const WRITING = WRITES.flatMap((write) => Object.keys(SHARES).map((share) => besideInsert(share, write)));
export const WORKER_LINES = [...DRIVING, ...WRITING];

const isAnyWanted = (names) => names.some((name) => isWanted('postgres', name));

/** `at` gives the arguments of a command on the store, `client` is connected to its schema. */
export async function measureWorkers({ at, client }) {
  writePlan('two-steps.json', [compute('1 + 1', '$two'), compute('$two + 1', '$three')]);
  if (isAnyWanted(DRIVING)) await measureDriving(at, client);
  if (isAnyWanted(WRITING)) await measureWriting(at, client);
}

/** Leaves that many runs to workers, and gives how many seconds it took. */
function submit(count, at) {
  writeFileSync(join(folder, 'lines.ndjson'), '{}\n'.repeat(count));
  const start = performance.now();
  node(at('run-plan', 'two-steps.json', '--queue', '--batch', 'lines.ndjson', '-q'));
  return (performance.now() - start) / 1000;
}

async function measureDriving(at, client) {
  const submitting = [];
  const driving = new Map();
  for (const workers of WORKERS) {
    await client.query('truncate runs cascade');
    submitting.push(submit(RUNS, at));
    const start = performance.now();
    const work = () => nodeAside(at('worker', '--until-idle', '--jobs', String(JOBS), '-q'));
    await Promise.all(Array.from({ length: workers }, work));
    driving.set(workers, (performance.now() - start) / 1000);
    const { rows } = await client.query(`select count(*)::int as done from runs where state = 'COMPLETE'`);
    if (rows[0].done !== RUNS) throw new Error(`${workers} workers completed ${rows[0].done} of ${RUNS} runs`);
  }
  const all = RUNS.toLocaleString('en');
  const submitted = median(submitting);
  console.log(
    `     ${all} runs of two steps: submitted in ${submitted.toFixed(1)} s, ${(RUNS / submitted).toFixed(0)} runs/s`,
  );
  for (const [workers, took] of driving) {
    const growth = (driving.get(1) / took).toFixed(2);
    console.log(
      `     ${all} runs, workers with --jobs ${JOBS}: ${workers}, ${(RUNS / took).toFixed(0)} runs/s, ${growth} times those of one`,
    );
  }
  for (const workers of WORKERS.slice(1))
    bench('postgres', timeOf(workers), 1, () => driving.get(workers) / driving.get(1));
}

async function measureWriting(at, client) {
  await client.query('truncate runs cascade');
  submit(TURNS, at);
  await client.query('create table plain (body text not null)');
  const { createPostgresStore } = await storeModule();
  const store = createPostgresStore({ url: at().at(-1), now: () => new Date(), pid: process.pid });
  const times = { claim: [], 'claim insert': [], flush: [], 'flush insert': [] };
  const timed = async (name, act) => {
    const start = performance.now();
    const result = await act();
    times[name].push(performance.now() - start);
    return result;
  };
  const insert = (name, body) => timed(name, () => client.query('insert into plain (body) values ($1)', [body]));
  for (let turn = 0; turn < TURNS; turn += 1) {
    const id = await timed('claim', () => store.queue.claim({ except: [], limits: { labels: new Map() } }));
    await insert('claim insert', await textOf(client, 'select r::text from runs r where id = $1', id));
    const log = await store.openRun(id);
    for (const body of STEP) log.append(body);
    await timed('flush', () => log.flush());
    await insert('flush insert', await textOf(client, ADDED, id));
    // So that nobody continues it.
    log.append({ type: 'run.completed', final_output: { value: 2, summary: null } });
    await log.close();
  }
  await store.close();
  for (const write of WRITES) printWrite(write, times[write], times[`${write} insert`]);
}

/** What a worker records of one step. */
const STEP = [
  { type: 'run.started' },
  { type: 'step.started', path: '0', attempt: 1 },
  { type: 'step.completed', path: '0', output_name: '$two', output: { value: 2, summary: null } },
];
const ADDED = `select string_agg(line, '') from events where run_id = $1 and seq > 2`;

async function textOf(client, statement, id) {
  const { rows } = await client.query({ text: statement, values: [id], rowMode: 'array' });
  return rows[0][0];
}

function printWrite(write, times, inserts) {
  for (const [share, part] of Object.entries(SHARES)) {
    const [here, there] = [times, inserts].map((all) => all.toSorted((a, b) => a - b)[Math.floor(all.length * part)]);
    console.log(`     ${share} of a ${write}: ${here.toFixed(2)} ms; of the INSERT … COMMIT: ${there.toFixed(2)} ms`);
    bench('postgres', besideInsert(share, write), 5, () => here / there);
  }
}

/** The store itself, because the library claims no runs. */
async function storeModule() {
  const bundle = await rolldown({
    input: 'src/storage/postgres/postgres-store.ts',
    platform: 'node',
    logLevel: 'silent',
    external: ['pg-native', 'pg-cloudflare'],
    moduleTypes: { '.sql': 'text' },
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  const dir = join(folder, 'store');
  await bundle.write({ dir, format: 'esm', entryFileNames: 'store.mjs' });
  await bundle.close();
  return import(pathToFileURL(join(dir, 'store.mjs')).href);
}
