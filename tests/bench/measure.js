// What every measurement uses: a folder, the binary, times, memory, and the line that is printed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const RUNS = 15;
/** The project of all measurements. */
export const folder = mkdtempSync(join(tmpdir(), 'bench-'));
// Extra certificates cost 50 ms at every start of Node 20 and would flatter every ratio.
const { NODE_EXTRA_CA_CERTS: _unused, OPENAI_API_KEY: _key, ...environment } = process.env;
export const env = { ...environment, HOME: folder, CI: '1', PORTIA_TRUST_PROJECT: '1' };

export const BARE = ['-e', '0'];
const PORTIA = resolve('bin/portia.js');
export const portia = (...args) => [PORTIA, ...args];

const GROUPS = new Set(
  'start-up steps trace lists library hosts mcp model-calls replay serve large postgres peers'.split(' '),
);
const wanted = process.argv.slice(2);
const results = [];

/** Without names all is measured but what takes minutes. A name is that of a group, or a part of a line. */
export function isWanted(group, name = '') {
  if (wanted.length === 0) return group !== 'large' && group !== 'postgres';
  return wanted.some((word) => (GROUPS.has(word) ? word === group : name.includes(word)));
}

/** Measures, prints, and remembers whether it was good. */
export function bench(group, name, limit, measure) {
  if (!isWanted(group, name)) return;
  const value = measure();
  const isGood = value <= limit;
  results.push(isGood);
  console.log(`${isGood ? 'ok  ' : 'SLOW'} ${value.toFixed(2).padStart(8)}  (at most ${limit})  ${name}`);
}

/**
 * The same as a table, for numbers beside those of another program: `rows` have a name, the number there, which is the
 * most that is good, and what measures it here.
 */
export function benchTable(group, { here, there, what }, rows) {
  const measured = rows.filter(([name]) => isWanted(group, name));
  if (measured.length === 0) return;
  console.log(`     ${here.padStart(8)}  ${there}  ${what}`);
  for (const [name, limit, measure] of measured) {
    const value = measure();
    const isGood = value <= limit;
    results.push(isGood);
    console.log(
      `${isGood ? 'ok  ' : 'MORE'} ${String(value).padStart(8)}  ${String(limit).padStart(there.length)}  ${name}`,
    );
  }
}

/** What a measurement that prints itself says of one line. */
export function record(isGood) {
  results.push(isGood);
}

export function finish() {
  rmSync(folder, { recursive: true, force: true });
  if (results.length === 0) console.error(`Nothing is called ${wanted.join(' or ')}.`);
  process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
}

/** Runs Node in the project to its end. */
export function node(args, { status = 0 } = {}) {
  const ended = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (ended.status !== status) throw new Error(`${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return ended;
}

/** The same beside others; the output is thrown away. */
export async function nodeAside(args) {
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}.`);
}

/** Milliseconds of one start to end; the output is read and thrown away. */
export function time(args) {
  const start = performance.now();
  node(args);
  return performance.now() - start;
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Of three runs, each with the arguments that `next` gives: by the clock, or by processor time where that is less,
 * because the machine had other things to do.
 */
export function seconds(next) {
  const measureOnce = () => {
    const args = next();
    const start = performance.now();
    const { cpu } = usage(args);
    return Math.min((performance.now() - start) / 1000, cpu);
  };
  return median([1, 2, 3].map(measureOnce));
}

/** The two in turn, so that a machine that slows down slows both: median of the ratios pair by pair. */
export function ratio(args, baseline, runs = RUNS) {
  const pairs = [];
  time(args);
  time(baseline);
  for (let run = 0; run < runs; run += 1) pairs.push(time(args) / time(baseline));
  return median(pairs);
}

/** The same of processor time: on a machine that is busy with other things, the clock says more of those. */
export function processorRatio(args, baseline, runs = RUNS) {
  const pairs = [];
  for (let run = 0; run < runs; run += 1) pairs.push(usage(args).cpu / usage(baseline).cpu);
  return median(pairs);
}

/** By the clock, or by processor time where that is less, because the machine had other things to do. */
export function leastRatio(args, baseline, runs) {
  return Math.min(ratio(args, baseline, runs), processorRatio(args, baseline, runs));
}

/** What a command used of processor (seconds) and memory (MB) by its own account. */
export function usage(args, options) {
  const { stdout, stderr } = node(['--require', usageTold(), ...args], options);
  return { ...usageIn(stderr), stdout };
}

/** A module that lets a process say what it used, when it ends. */
export function usageTold() {
  const preload = join(folder, 'usage.cjs');
  const script = `process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process.stderr.write('\\nUSED ' + (userCPUTime + systemCPUTime) + ' ' + maxRSS + '\\n');
  });`;
  writeFileSync(preload, script);
  return preload;
}

/** What a process said that it used. Threads of the process say it, too; the process itself comes last. */
export function usageIn(stderr) {
  const [, cpu, rss] = [...stderr.matchAll(/^USED (\d+) (\d+)$/gm)].at(-1);
  return { cpu: Number(cpu) / 1e6, megabytes: Number(rss) / 1024 };
}
