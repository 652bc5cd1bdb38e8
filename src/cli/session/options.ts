import type { Command } from 'commander';

import { MOST_JOBS, RUNS_AT_A_TIME, STEPS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';

/** Flags that every command takes, before or after its name. */
export interface GlobalOptions {
  format?: string;
  json?: boolean;
  fields?: string;
  out?: string;
  events?: string;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  prompt?: boolean;
  dir?: string;
  trustProject?: boolean;
  /** False with --no-project. */
  project?: boolean;
}

/** Flags that choose the models. */
export interface ModelOptions {
  model?: string;
  planningModel?: string;
  executionModel?: string;
  introspectionModel?: string;
  summarizerModel?: string;
  baseUrl?: string;
  apiKeyEnv?: string;
  apiKeyFile?: string;
  execEnv?: string[];
}

/** Flags that shape a plan. */
export interface PlanOptions extends ModelOptions {
  planner?: string;
  tool?: string[];
  excludeTool?: string[];
  planInput?: string[];
  example?: string[];
  schema?: string;
  endUser?: string;
  allowPath?: string[];
}

/** Flags that say what a run may use up. */
export interface LimitFlags {
  maxSteps?: string;
  maxModelCalls?: string;
  maxTokens?: string;
  maxCost?: string;
  timeout?: string;
}

/** Flags of a command that drives a run. */
export interface DriveFlags extends ModelOptions, LimitFlags {
  approve?: string[];
  deny?: string[];
  answer?: string[];
  answers?: string;
  stub?: string[];
  dryRun?: boolean;
  allowPath?: string[];
  summarize?: boolean;
  detachOnClarification?: boolean;
  endUser?: string;
  jobs?: number;
  by?: string;
}

export interface InputFlags {
  input?: string[];
  inputs?: string;
}

function readJobs(text: string): number {
  const jobs = Number(text);
  if (/^\d+$/.test(text) && jobs >= 1 && jobs <= MOST_JOBS) return jobs;
  throw new PortiaError('usage', `--jobs ${text} is not a whole number from 1 to ${MOST_JOBS}.`, {
    why: 'It says how much may be done at a time.',
    fix: `--jobs ${STEPS_AT_A_TIME}`,
  });
}

const collect = (value: string, earlier: string[] | undefined): string[] => [...(earlier ?? []), value];

export function addGlobalOptions(command: Command): Command {
  return command
    .option('--format <kind>', 'human, json, ndjson or value (default: human on a terminal, json in a pipe)')
    .option('--json', 'same as --format json')
    .option('--fields <names>', 'only these top-level keys of the JSON, separated by commas')
    .option('-o, --out <file>', 'write the answer to a file instead of standard output')
    .option('--events <file>', 'also write every event of the run to this file, one JSON object a line')
    .option('-q, --quiet', 'only the answer, warnings and errors')
    .option('-v, --verbose', 'every event as a line on standard error')
    .option('--no-color', 'no colour')
    .option('--no-prompt', 'never ask: save, print what is open, exit 8')
    .option('-C, --dir <folder>', 'work in this folder')
    .option('--trust-project', 'let this command use all of the project; portia trust keeps the answer')
    .option('--no-project', "without the project's portia.json and .env");
}

export function addModelOptions(command: Command): Command {
  return command
    .option('-m, --model <name>', 'model for every role: provider/name, or exec:"COMMAND"')
    .option('--planning-model <name>', 'model that makes plans')
    .option('--execution-model <name>', 'model that does steps')
    .option('--introspection-model <name>', 'model that judges conditions')
    .option('--summarizer-model <name>', 'model that shapes and summarises results')
    .option('--base-url <url>', 'OpenAI-compatible server')
    .option('--api-key-env <name>', 'variable that holds the key for --base-url')
    .option('--api-key-file <file>', 'file that holds the key for --base-url')
    .option('--exec-env <name>', 'variable that the program of an exec: model gets (repeatable)', collect);
}

export function addPlanOptions(command: Command): Command {
  addModelOptions(command);
  return command
    .option('--planner <kind>', 'auto, model or offline')
    .option('-t, --tool <glob>', 'only these tools (repeatable)', collect)
    .option('--exclude-tool <glob>', 'without these tools (repeatable)', collect)
    .option(
      '--plan-input <name[:description]>',
      'an input that the plan takes (repeatable); stdin is what is piped in',
      collect,
    )
    .option('--example <plan>', 'a plan to learn from (repeatable)', collect)
    .option('--schema <file|json>', 'JSON Schema of the final output');
}

export function addDriveOptions(command: Command): Command {
  return command
    .option('--approve <glob>', 'allow calls of these tools (repeatable)', collect)
    .option('--deny <glob>', 'refuse calls of these tools (repeatable; beats --approve)', collect)
    .option('--answer <name=value>', 'answer to a question; name:=json, name=@file (repeatable)', collect)
    .option('--answers <file>', 'answers as JSON, - for standard input')
    .option('--stub <tool=value>', 'replace a tool by a fixed result; value or @file (repeatable)', collect)
    .option('--dry-run', 'stub every tool that does not only read')
    .option('--allow-path <folder>', 'let file tools use this folder too (repeatable)', collect)
    .option('--summarize', 'also ask the model for a summary of the result')
    .option('--detach-on-clarification', 'do not ask here: pause at the first question')
    .option('--end-user <id>', 'who the run is for')
    .option('--by <name>', 'your name, recorded with your answers')
    .option('--max-steps <n>', 'pause when so many steps have begun, those in loops each time')
    .option('--max-model-calls <n>', 'pause before a model call more')
    .option('--max-tokens <n>', 'pause before a model call when so many tokens are used')
    .option('--max-cost <usd>', 'pause before a model call when so much is spent; needs "prices" in portia.json')
    .option('--timeout <duration>', 'pause when this process has worked so long: 90s, 10m, 1h')
    .option(
      '--jobs <n>',
      `how many steps of a run (default: ${STEPS_AT_A_TIME}) or runs of a batch (${RUNS_AT_A_TIME}) are done at a time`,
      readJobs,
    );
}

export function addKeyOption(command: Command): Command {
  return command.option('--key <key>', 'start once: the same key again gives back the run that it started');
}

export function addInputOptions(command: Command): Command {
  return command
    .option('-i, --input <name=value>', 'plan input; name:=json, name=@file (repeatable)', collect)
    .option('--inputs <file>', 'plan inputs as a JSON object, - for standard input');
}

/** Every flag of every command, as commander gives them. */
export interface AllOptions extends GlobalOptions, PlanOptions, DriveFlags, InputFlags {
  yes?: boolean;
  batch?: string;
  takeOver?: boolean;
  acceptChanged?: string[];
  acceptRecorded?: string;
  key?: boolean | string;
  newKey?: boolean;
  as?: string;
  all?: boolean;
  outputOf?: string;
  state?: string;
  limit?: string;
  online?: boolean;
  exitCode?: boolean;
  folder?: boolean;
  content?: boolean;
  revoke?: boolean;
  owner?: string;
  signer?: string;
  signers?: boolean;
  name?: string;
  list?: boolean;
  run?: string;
}
