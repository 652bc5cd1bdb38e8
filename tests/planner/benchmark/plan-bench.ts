import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { Usage } from '../../../src/domain/plan/plan.js';
import { usageSchema } from '../../../src/domain/plan/usage-schema.js';
import { isJsonObject, jsonOf, type Json } from '../../../src/domain/values/json.js';
import { readPlanDocument } from '../../../src/storage/upgrade/upgrade.js';
import { readCases, type BenchmarkCase } from './benchmark-case.js';
import { BENCHMARK_TOOLS } from './benchmark-tools.js';
import { judgeCase } from './judge-case.js';
import type { Given } from './judge/judge-plan.js';

const USAGE = `npm run plan-bench -- --model NAME [options]

Asks a model for a plan of each of 40 requests, and judges the structure of what it plans.

  --model NAME         provider/name, or exec:"COMMAND", as for portia
  --base-url URL       of an OpenAI-compatible server
  --api-key-env NAME   the variable that holds its key
  --trials N           plans for each request (1)
  --only TEXT          requests with this in their name (repeatable)
  --price IN,OUT       US dollars per million tokens
  --max-cost USD       no further plan is asked for once this is spent; needs --price
  --json               one line of JSON for each plan instead of a table
`;

/** Where the benchmark prints, and with which variables portia runs. */
export interface Surroundings {
  out: (text: string) => void;
  err: (text: string) => void;
  env: NodeJS.ProcessEnv;
}

interface Trial {
  request: string;
  trial: number;
  /** Null when it was not asked, because that would have cost too much. */
  right: boolean | null;
  /** The first thing that did not hold. */
  why: string | null;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  /** US dollars; null without a price. */
  cost: number | null;
}

/** The model cannot be asked at all. */
class NoModel extends Error {
  readonly exitCode: number;

  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}

/** Exit codes are those of portia: 0 all right, 1 some wrong, 2 usage, 3 and 4 no model, 8 stopped by the cost. */
export async function planBench(args: string[], { out, err, env }: Surroundings): Promise<number> {
  const given = readArguments(args);
  if (typeof given === 'string') {
    err(`${given}\n\n${USAGE}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'plan-bench-'));
  const trials: Trial[] = [];
  try {
    makeProject(folder);
    for (const one of given.cases) {
      for (let trial = 1; trial <= given.trials; trial += 1) {
        const spent = trials.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
        const result = await tryOnce(one, trial, { ...given, folder, env, isStopped: spent >= given.maxCost });
        trials.push(result);
        out(given.json ? `${JSON.stringify(result)}\n` : lineOf(result));
      }
    }
  } catch (error) {
    if (!(error instanceof NoModel)) throw error;
    err(`The model cannot be asked, so nothing was judged.\n${error.message}\n`);
    return error.exitCode;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!given.json) out(summaryOf(trials));
  if (trials.some(({ right }) => right === null)) return 8;
  return trials.every(({ right }) => right === true) ? 0 : 1;
}

interface BenchArguments {
  cases: BenchmarkCase[];
  flags: string[];
  trials: number;
  price: { input: number; output: number } | undefined;
  maxCost: number;
  json: boolean;
}

const TEXT = { type: 'string' } as const;

/** What is wrong with the arguments, as a sentence, or what they say. */
function readArguments(args: string[]): BenchArguments | string {
  let values;
  try {
    const options = {
      ...{ model: TEXT, 'base-url': TEXT, 'api-key-env': TEXT, trials: TEXT, price: TEXT, 'max-cost': TEXT },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    } as const;
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { model, only = [], json = false } = values;
  const [trials, maxCost] = [Number(values.trials ?? 1), Number(values['max-cost'] ?? Infinity)];
  const price = values.price?.split(',').map(Number);
  const cases = readCases().filter(({ id }) => only.length === 0 || only.some((text) => id.includes(text)));
  if (model === undefined) return 'No model is named.';
  if (!Number.isInteger(trials) || trials < 1) return '--trials is a whole number from 1.';
  if (price !== undefined && !(price.length === 2 && price.every((one) => one >= 0))) return '--price is as 2.5,10.';
  if (!(maxCost > 0)) return '--max-cost is a number of US dollars.';
  if (maxCost < Infinity && price === undefined) return 'What a plan costs is not known: --max-cost needs --price.';
  if (cases.length === 0) return `No request has ${only.join(' or ')} in its name. The names:\n${namesOfRequests()}`;
  const [input = 0, output = 0] = price ?? [];
  const others = (['base-url', 'api-key-env'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  return { cases, flags: ['--model', model, ...others], trials, price: price && { input, output }, maxCost, json };
}

function namesOfRequests(): string {
  return readCases()
    .map(({ id }) => `  ${id}`)
    .join('\n');
}

/** A project in which all tools exist. None of them is ever called. */
function makeProject(folder: string): void {
  const programs = Object.fromEntries(
    [...BENCHMARK_TOOLS.values()].map(({ id, effect, description, args }) => [
      id,
      { description, effect, args, command: [process.execPath, '--version'], stdin: 'json' },
    ]),
  );
  mkdirSync(join(folder, 'plans'));
  writeFileSync(join(folder, 'portia.json'), JSON.stringify({ programs }));
}

const NOTHING: Usage = { calls: 0, input_tokens: 0, output_tokens: 0 };

interface TrialOptions extends Pick<BenchArguments, 'flags' | 'price'> {
  folder: string;
  env: NodeJS.ProcessEnv;
  isStopped: boolean;
}

async function tryOnce(one: BenchmarkCase, trial: number, options: TrialOptions): Promise<Trial> {
  const about = { request: one.id, trial };
  if (options.isStopped) {
    return { ...about, right: null, why: 'not run', ...NOTHING, cost: null };
  }
  const { given, usage } = await askForPlan(one, options);
  const wrong = judgeCase(one, given).find(({ why }) => why !== undefined);
  const { calls, input_tokens, output_tokens } = usage;
  const { price } = options;
  const cost = price === undefined ? null : (input_tokens * price.input + output_tokens * price.output) / 1e6;
  const why = wrong === undefined ? null : `${wrong.what}: ${wrong.why}`;
  return { ...about, right: wrong === undefined, why, calls, input_tokens, output_tokens, cost };
}

async function askForPlan(
  { request, tools }: BenchmarkCase,
  { folder, env, flags }: TrialOptions,
): Promise<{ given: Given; usage: Usage }> {
  const globs = ['llm_tool', ...tools].flatMap((id) => ['-t', id]);
  const args = ['plan', ...globs, ...flags, '--planner', 'model', '--json', '--no-prompt', '--', request];
  const { code, stdout, stderr } = await runPortia(args, { cwd: folder, env: { ...env, PORTIA_TRUST_PROJECT: '1' } });
  if (code === 0) {
    const read = readPlanDocument(JSON.parse(stdout), { createdAt: '2026-11-30T09:00:00.000Z' }).plan;
    return { given: { plan: read }, usage: read.metadata.usage ?? NOTHING };
  }
  const line = stderr.split('\n').findLast((text) => text.startsWith('{"error"'));
  const error: Json = jsonOf(line ?? '') ?? null;
  const said = isJsonObject(error) && isJsonObject(error['error']) ? error['error'] : {};
  if (code !== 5)
    throw new NoModel([said['message'] ?? stderr, said['why'], said['fix']].filter(Boolean).join('\n'), code);
  return { given: { error: String(said['why']) }, usage: usageSchema.catch(NOTHING).parse(said['usage']) };
}

function runPortia(
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [resolve('bin/portia.js'), ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 1, ...texts }));
  });
}

function lineOf({ request, right, why, calls, input_tokens: input, output_tokens: output, cost }: Trial): string {
  const mark = right === null ? '-    ' : right ? 'right' : 'WRONG';
  const spent = `${calls} calls ${input}+${output} tokens${dollars(cost)}`;
  return `${mark} ${request.padEnd(28)} ${right === null ? '' : spent}${why === null ? '' : `  ${why}`}\n`;
}

function summaryOf(trials: Trial[]): string {
  const asked = trials.filter(({ right }) => right !== null);
  const sum = (pick: (trial: Trial) => number) => asked.reduce((total, trial) => total + pick(trial), 0);
  const right = asked.filter((trial) => trial.right).length;
  const tokens = `${sum((trial) => trial.input_tokens)}+${sum((trial) => trial.output_tokens)} tokens`;
  const isPriced = asked.some(({ cost }) => cost !== null);
  const cost = isPriced ? dollars(sum((trial) => trial.cost ?? 0)) : '';
  const left = trials.length - asked.length;
  const notRun = left === 0 ? '' : `, ${left} not run`;
  return `${right} of ${asked.length} plans are right, ${sum((trial) => trial.calls)} calls, ${tokens}${cost}${notRun}\n`;
}

function dollars(cost: number | null): string {
  return cost === null ? '' : ` $${cost.toFixed(4)}`;
}
