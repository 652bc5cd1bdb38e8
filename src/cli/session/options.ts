import { MOST_JOBS, RUNS_AT_A_TIME, STEPS_AT_A_TIME } from '../../app/run-limits.js';
import { MISSED } from '../../domain/schedule/schedule.js';
import { EXAMPLE_CHOICES, FORMATS, PLANNER_CHOICES } from '../../config/layer.js';
import { PortiaError } from '../../domain/errors.js';
import { flag, type OptionsOf } from './flags.js';

/** Flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS = {
  format: flag.text('--format <kind>', 'human, json, ndjson or value (default: human on a terminal, json in a pipe)', {
    choices: FORMATS,
  }),
  json: flag.toggle('--json', 'same as --format json'),
  fields: flag.text('--fields <names>', 'only these top-level keys of the JSON, separated by commas'),
  out: flag.text('-o, --out <file>', 'write the result to a file instead of standard output'),
  events: flag.text('--events <file>', 'also write every event of the run to this file, one JSON object per line'),
  quiet: flag.toggle('-q, --quiet', 'only the result, warnings and errors'),
  verbose: flag.toggle('-v, --verbose', 'every event as a line on standard error'),
  color: flag.toggle('--no-color', 'no colour'),
  pager: flag.toggle('--no-pager', 'no pager for what is longer than the screen'),
  prompt: flag.toggle('--no-prompt', 'never ask: save, print what is open, exit 8'),
  dir: flag.text('-C, --dir <folder>', 'work in this folder'),
  store: flag.text('--store <address>', 'where plans and runs are kept: file:FOLDER or postgres://…'),
  trustProject: flag.toggle(
    '--trust-project',
    'let this command use all of the project; portia trust keeps the answer',
    {
      again: 'resume',
    },
  ),
  project: flag.toggle('--no-project', "without the project's portia.json and .env"),
};

/** Flags that choose the models. */
export const MODEL_FLAGS = {
  model: flag.text('-m, --model <name>', 'model for every role: provider/name, or exec:"COMMAND"', { again: 'resume' }),
  planningModel: flag.text('--planning-model <name>', 'model that makes plans'),
  executionModel: flag.text('--execution-model <name>', 'model that does steps', { again: 'resume' }),
  introspectionModel: flag.text('--introspection-model <name>', 'model that judges conditions', { again: 'resume' }),
  summarizerModel: flag.text('--summarizer-model <name>', 'model that shapes and summarises results', {
    again: 'resume',
  }),
  baseUrl: flag.text('--base-url <url>', 'OpenAI-compatible server', { again: 'resume' }),
  apiKeyEnv: flag.text('--api-key-env <name>', 'variable that holds the key for --base-url', { again: 'resume' }),
  apiKeyFile: flag.text('--api-key-file <file>', 'file that holds the key for --base-url', { again: 'resume' }),
  modelTimeout: flag.text('--model-timeout <duration>', 'time for one call of a model: 90s, 30m (default: 10m)', {
    again: 'resume',
  }),
  execEnv: flag.list('--exec-env <name>', 'variable that the program of an exec: model gets (repeatable)', {
    again: 'resume',
  }),
};

/** Flags that choose tools. */
export const TOOL_FLAGS = {
  tool: flag.list('-t, --tool <glob>', 'only these tools (repeatable)'),
  excludeTool: flag.list('--exclude-tool <glob>', 'without these tools (repeatable)'),
};

/** Flags that shape a plan. */
export const PLAN_FLAGS = {
  ...MODEL_FLAGS,
  planner: flag.text('--planner <kind>', 'auto, model or offline', { choices: PLANNER_CHOICES }),
  ...TOOL_FLAGS,
  planInput: flag.list(
    '--plan-input <name[:description]>',
    'an input that the plan takes (repeatable); stdin is what is piped in',
  ),
  example: flag.list('--example <plan>', 'a plan to learn from (repeatable)'),
  schema: flag.text('--schema <file|json>', 'JSON Schema of the final output'),
};

/** Flags of a command that makes a plan from a request. */
export const NEW_PLAN_FLAGS = {
  ...PLAN_FLAGS,
  examples: flag.text('--examples <which>', 'liked: also learn from the nearest plans that you liked here; or none', {
    choices: EXAMPLE_CHOICES,
  }),
  cached: flag.toggle('--cached', 'take the plan that you made or approved here for the same request', {
    opposite: 'make a new plan, whatever the setting reuse_plans says',
  }),
};

export const INPUT_FLAGS = {
  input: flag.list('-i, --input <name=value>', 'plan input; name:=json, name=@file of a text or image (repeatable)', {
    again: 'start',
    printedAs: '-i',
  }),
  inputs: flag.text('--inputs <file>', 'plan inputs by name in JSON or YAML, - for standard input', { again: 'start' }),
};

export const KEY_FLAGS = {
  key: flag.text('--key <key>', 'start once: the same key again gives back the run that it started'),
};

/** Flags that leave runs to workers. */
export const QUEUE_FLAGS = {
  queue: flag.toggle('--queue', 'only keep the run, and leave it to portia worker; prints its id'),
  at: flag.text('--at <time>', 'leave it to portia worker, which begins it then: 2026-12-01T09:00+01:00, "in 2h"'),
  every: flag.text('--every <cron>', 'keep a schedule for portia worker, e.g. "0 9 * * 1-5"; prints its id'),
  zone: flag.text('--zone <zone>', 'whose clocks --at or --every is about: Europe/Berlin'),
  missed: flag.text('--missed <what>', 'of times of --every without a worker: catch-up, skip or ask (default: skip)', {
    choices: MISSED,
  }),
  priority: flag.text('--priority <n>', 'with --queue, --at or --every: higher ones are continued first (default: 0)'),
  label: flag.list('--label <name>', 'with --queue, --at or --every: for workers with this --label (repeatable)'),
};

const ANSWERS_FLAGS = {
  answers: flag.text('--answers <file>', 'answers as JSON, - for standard input', { again: 'start' }),
};

const BY_FLAGS = { by: flag.text('--by <name>', 'your name, recorded with your answers', { again: 'resume' }) };

/** Flags of a command that records answers. */
export const ANSWER_FLAGS = { ...ANSWERS_FLAGS, ...BY_FLAGS };

export const ALLOW_PATH_FLAGS = {
  allowPath: flag.list('--allow-path <folder>', 'let file tools use this folder too (repeatable)', { again: 'resume' }),
};

export const INSPECT_FLAGS = {
  inspectTools: flag.toggle(
    '--inspect-tools',
    'let a debugger look into the tool modules: one process, no time limit',
    {
      again: 'resume',
    },
  ),
};

export const YES_FLAGS = { yes: flag.toggle('-y, --yes', 'do not ask') };

/** Flags that say whom a plan or a run is for. */
export const END_USER_FLAGS = {
  endUser: flag.text('--end-user <id>', 'who it is for', { again: 'start' }),
  endUserData: flag.list('--end-user-data <name=value>', 'what to know of them: name, email, anything (repeatable)'),
};

/** Flags that say how a run is done. */
export const RUN_FLAGS = {
  approve: flag.list('--approve <glob>', 'allow calls of these tools (repeatable)', { again: 'resume' }),
  deny: flag.list('--deny <glob>', 'refuse calls of these tools (repeatable; beats --approve)', { again: 'resume' }),
  answer: flag.list('--answer <name=value>', 'answer to a question; name:=json, name=@file (repeatable)', {
    again: 'start',
  }),
  ...ANSWERS_FLAGS,
  stub: flag.list('--stub <tool=value>', 'replace a tool with a fixed result; value or @file (repeatable)', {
    again: 'resume',
  }),
  ...INSPECT_FLAGS,
  dryRun: flag.toggle('--dry-run', 'stub every tool that does not only read', { again: 'resume' }),
  ...ALLOW_PATH_FLAGS,
  summarize: flag.toggle('--summarize', 'also ask the model for a summary of the result', { again: 'resume' }),
  detachOnClarification: flag.toggle('--detach-on-clarification', 'do not ask here: pause at the first question'),
  ...END_USER_FLAGS,
  ...BY_FLAGS,
};

/** Flags that say what a run may use up, and how much at a time. */
export const LIMIT_FLAGS = {
  maxSteps: flag.text('--max-steps <n>', 'do at most this many steps, then pause; one in a loop counts each time', {
    again: 'start',
  }),
  maxModelCalls: flag.text('--max-model-calls <n>', 'make at most this many model calls, then pause', {
    again: 'start',
  }),
  maxTokens: flag.text('--max-tokens <n>', 'pause before a model call once this many tokens are used', {
    again: 'start',
  }),
  maxCost: flag.text(
    '--max-cost <usd>',
    'pause before a model call once this much is spent; needs a price for each model',
    {
      again: 'start',
    },
  ),
  timeout: flag.text('--timeout <duration>', 'pause when this process has worked this long: 90s, 10m, 1h', {
    again: 'start',
  }),
  jobs: flag.count(
    '--jobs <n>',
    `how many steps of a run (default: ${STEPS_AT_A_TIME}) or runs of a batch (${RUNS_AT_A_TIME}) are done at a time`,
    { read: readJobs, again: 'start' },
  ),
};

/** How --wait is given. */
export const WAIT_EXAMPLE = '--wait 10m';

const WAIT_FLAGS = {
  wait: flag.text(
    '--wait <duration>',
    'wait so long for tools that you have to sign in for, and at each wait of the plan (default: 60s): 90s, 10m',
  ),
};

const STREAM_FLAGS = {
  stream: flag.toggle('--stream', 'show what models say while they say it, on a terminal and in the events', {
    again: 'resume',
  }),
};

/** Flags of a command that drives a run. */
export const DRIVE_FLAGS = { ...RUN_FLAGS, ...LIMIT_FLAGS, ...WAIT_FLAGS, ...STREAM_FLAGS };

function readJobs(given: string): number {
  const jobs = Number(given);
  if (/^\d+$/.test(given) && jobs >= 1 && jobs <= MOST_JOBS) return jobs;
  throw new PortiaError('usage', `--jobs ${given} is not a whole number from 1 to ${MOST_JOBS}.`, {
    why: 'It says how much may be done at a time.',
    fix: `--jobs ${STEPS_AT_A_TIME}`,
  });
}

export type GlobalOptions = OptionsOf<typeof GLOBAL_FLAGS>;
export type ToolOptions = OptionsOf<typeof TOOL_FLAGS>;
export type PlanOptions = OptionsOf<typeof PLAN_FLAGS>;
export type NewPlanOptions = OptionsOf<typeof NEW_PLAN_FLAGS>;
export type InputOptions = OptionsOf<typeof INPUT_FLAGS>;
export type YesOptions = OptionsOf<typeof YES_FLAGS>;
export type KeyOptions = OptionsOf<typeof KEY_FLAGS>;
export type AnswerOptions = OptionsOf<typeof ANSWER_FLAGS>;
export type EndUserOptions = OptionsOf<typeof END_USER_FLAGS>;
export type LimitOptions = OptionsOf<typeof LIMIT_FLAGS>;
export type DriveFlags = OptionsOf<typeof DRIVE_FLAGS>;

/** The flags that starting a run reads. */
export type StartOptions = DriveFlags & InputOptions & KeyOptions & Partial<OptionsOf<typeof QUEUE_FLAGS>>;

/** The flags that the services of a session read, whatever the command is. */
export type SharedOptions = Partial<GlobalOptions & NewPlanOptions & DriveFlags & InputOptions>;
