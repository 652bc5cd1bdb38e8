// Measures the built binary as ratios within one run: machines differ, ratios hardly do.
// npm run bench [-- name …]
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const PORTIA = resolve('bin/portia.js');
const RUNS = 15;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
// Extra certificates cost 50 ms at every start of Node 20 and would flatter every ratio.
const { NODE_EXTRA_CA_CERTS: _unused, OPENAI_API_KEY: _key, ...environment } = process.env;
const env = { ...environment, HOME: folder, CI: '1', PORTIA_TRUST_PROJECT: '1' };

/** Milliseconds of one start to end; the output is read and thrown away. */
function time(args, options = {}) {
  const start = performance.now();
  const ended = spawnSync(process.execPath, args, { cwd: folder, env, maxBuffer: 1 << 30, ...options });
  const ms = performance.now() - start;
  if (ended.status !== 0) throw new Error(`${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return ms;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The two in turn, so that a machine that slows down slows both: median of the ratios pair by pair. */
function ratio(args, baseline, runs = RUNS) {
  const pairs = [];
  time(args);
  time(baseline);
  for (let run = 0; run < runs; run += 1) pairs.push(time(args) / time(baseline));
  return median(pairs);
}

const BARE = ['-e', '0'];
const portia = (...args) => [PORTIA, ...args];
const PLAN_HEAD = { plan_context: { query: 'bench', tool_ids: [] } };
const results = [];
const wanted = process.argv.slice(2);

function bench(name, limit, measure) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) return;
  const value = measure();
  const isGood = value <= limit;
  results.push(isGood);
  console.log(`${isGood ? 'ok  ' : 'SLOW'} ${value.toFixed(2).padStart(8)}  (at most ${limit})  ${name}`);
}

bench('--version / bare node', 1.6, () => ratio(portia('--version'), BARE));
bench('--help / bare node', 1.6, () => ratio(portia('--help'), BARE));

bench('show of a 20 kB run / bare node', 2.5, () => {
  const id = makeRunOf20kB();
  return ratio(portia('show', id), BARE);
});

bench('offline run up to its first step / bare node', 5, () => {
  const pairs = [];
  for (let run = 0; run < RUNS; run += 1) pairs.push(timeToFirstStep() / time(BARE));
  return median(pairs);
});

bench('200 calculator steps: overhead per step / append + fdatasync', 4, () => {
  const pairs = [];
  for (let run = 0; run < 7; run += 1) {
    const { ms, bytes } = timePerStep();
    pairs.push(ms / timePerAppend(bytes));
  }
  return median(pairs);
});

bench('ten reads of 200 ms side by side / one of them', 1.3, () => {
  const read = (index) => ({ kind: 'tool', tool_id: 'wait', args: { text: `${index}` }, output: `$read_${index}` });
  const all = () =>
    timeOfRun(
      Array.from({ length: 10 }, (_, index) => read(index)),
      '--jobs',
      '10',
    );
  makeWaitTool();
  return median([1, 2, 3, 4, 5].map(() => all() / timeOfRun([read(0)])));
});

bench('10,000 steps: one of the last / one of the first', 1.5, () => {
  const list = { kind: 'compute', expression: '[1..10000]', output: '$list' };
  const add = { kind: 'compute', expression: '$n + 1', output: '$sum' };
  const loop = { kind: 'for_each', over: '$list', as: 'n', steps: [add] };
  return median([1, 2, 3].map(() => growthOf(runPlan({ steps: [list, loop] }).id)));
});

bench('peak memory of a loop of 100,000 iterations / of 10,000', 4, () => {
  const peak = (count) => {
    const list = { kind: 'compute', expression: `[1..${count}]`, output: '$list' };
    const add = { kind: 'compute', expression: '$n + 1', output: '$sum' };
    const steps = [list, { kind: 'for_each', over: '$list', as: 'n', steps: [add] }];
    writeFileSync(join(folder, 'loop.json'), JSON.stringify({ ...PLAN_HEAD, steps }));
    return peakMegabytes(portia('run-plan', 'loop.json', '--format', 'value', '-q'));
  };
  return peak(100_000) / peak(10_000);
});

if (wanted.length === 0 || wanted.some((word) => 'list of 10,000 runs'.includes(word))) {
  makeManyRuns(10_000);
  bench('newest 20 of 10,000 runs (list) / --version', 3, () =>
    ratio(portia('list', '--limit', '20'), portia('--version'), 9),
  );
  bench('all 10,000 runs as NDJSON (list), seconds', 1.5, () =>
    median([1, 2, 3].map(() => time(portia('list', '--format', 'ndjson')) / 1000)),
  );
  bench('all 10,000 runs as NDJSON (list), MB of memory', 150, () =>
    peakMegabytes(portia('list', '--format', 'ndjson')),
  );
}

rmSync(folder, { recursive: true, force: true });
process.exitCode = results.every(Boolean) ? 0 : 1;

/** A finished run whose file has about 20 kB, made by the binary itself. */
function makeRunOf20kB() {
  const step = (index) => ({ kind: 'compute', expression: `"${'x'.repeat(380)}"`, output: `$text_${index}` });
  return runPlan({ steps: Array.from({ length: 18 }, (_, index) => step(index)) }).id;
}

function runPlan({ steps }, ...flags) {
  const plan = { ...PLAN_HEAD, steps };
  const file = join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const ended = spawnSync(process.execPath, portia('run-plan', 'plan.json', '--json', '-q', ...flags), {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}

/** A tool that reads for 200 ms. */
function makeWaitTool() {
  writeFileSync(join(folder, 'portia.json'), JSON.stringify({ tools: { modules: ['./wait.mjs'] } }));
  const code = `import { setTimeout } from 'node:timers/promises';
    import { defineTool } from 'portia';
    import * as z from 'zod';
    export default defineTool({ id: 'wait', name: 'Wait', description: 'Waits.', effect: 'read',
      args: z.object({ text: z.string() }), run: async () => setTimeout(200, 'done') });`;
  writeFileSync(join(folder, 'wait.mjs'), code);
}

/** Milliseconds from the first step's beginning to the end, by the run's own events. */
function timeOfRun(steps, ...flags) {
  const events = eventsOf(runPlan({ steps }, ...flags).id);
  const started = events.find((event) => event.type === 'step.started');
  return Date.parse(events.at(-1).ts) - Date.parse(started.ts);
}

function eventsOf(id) {
  const log = readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8');
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Time of the last 500 of 10,000 steps to that of 500 after the first 100. */
function growthOf(id) {
  const ends = eventsOf(id)
    .filter((event) => event.type === 'step.completed' && event.path.includes('['))
    .map((event) => Date.parse(event.ts));
  const last = ends.at(-1) - ends.at(-501);
  return last / (ends[600] - ends[100]);
}

/** From the start of the process to the moment its first step began, by its own events. */
function timeToFirstStep() {
  const events = join(folder, 'events.ndjson');
  const start = Date.now();
  time(portia('run', 'add 1 + 2', '--yes', '--events', events));
  const line = readFileSync(events, 'utf8')
    .split('\n')
    .find((text) => text.includes('"step.started"'));
  return Date.parse(JSON.parse(line).ts) - start;
}

/**
 * Milliseconds per step and the bytes that it leaves in the log, without the start of the process and without the
 * calculator's own work: its result is fixed.
 */
function timePerStep() {
  const steps = Array.from({ length: 200 }, (_, index) => ({
    kind: 'tool',
    tool_id: 'calculator_tool',
    args: { math_question: `${index} + 1` },
    output: `$n_${index}`,
  }));
  const run = runPlan({ steps }, '--stub', 'calculator_tool=1');
  const log = readFileSync(join(folder, 'runs', run.id, 'events.ndjson'), 'utf8');
  const events = eventsOf(run.id);
  const started = events.find((event) => event.type === 'step.started');
  return { ms: (Date.parse(events.at(-1).ts) - Date.parse(started.ts)) / 200, bytes: Math.round(log.length / 200) };
}

/** Milliseconds of one append and fdatasync of that size, on the same disk, to a file that begins empty as a log does. */
function timePerAppend(size) {
  const bytes = Buffer.alloc(size, 'x');
  const name = join(folder, 'runs', 'append.log');
  const file = openSync(name, 'ax');
  const start = performance.now();
  for (let index = 0; index < 200; index += 1) {
    writeSync(file, bytes);
    fdatasyncSync(file);
  }
  const ms = (performance.now() - start) / 200;
  closeSync(file);
  rmSync(name);
  return ms;
}

/** Copies of one 20 kB run under ids that sort by time. */
function makeManyRuns(count) {
  const id = makeRunOf20kB();
  const text = readFileSync(join(folder, 'runs', `${id}.json`), 'utf8');
  const runs = readdirSync(join(folder, 'runs')).filter((name) => name.endsWith('.json'));
  for (let index = 0; index < count - runs.length; index += 1) {
    const digits = (0x019a00000000 + index).toString(16).padStart(12, '0');
    const copy = `prun-${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
    writeFileSync(join(folder, 'runs', `${copy}.json`), text.replaceAll(id, copy));
  }
}

function peakMegabytes(args) {
  const script = `process.on('exit',()=>{process.stderr.write('\\nPEAK '+process.resourceUsage().maxRSS)})`;
  const preload = join(folder, 'peak.cjs');
  writeFileSync(preload, script);
  const ended = spawnSync(process.execPath, ['--require', preload, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  // Threads of the process say it, too; the process itself comes last.
  return Number([...ended.stderr.matchAll(/PEAK (\d+)/g)].at(-1)[1]) / 1024;
}
