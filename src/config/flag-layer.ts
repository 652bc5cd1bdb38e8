import { AGENT_TYPES, type AgentType } from '../domain/values/agent-types.js';
import { parseExecName } from '../models/providers/model-names.js';
import { durationMs } from '../domain/values/duration.js';
import { baseUrlProblem } from '../models/providers/base-url.js';
import { badSetting } from './invalid-settings.js';
import type { ExampleChoice, SourcedRule, Format, Layer, LogLevel, PlannerChoice, Sourced } from './layer.js';
import { VARIABLE_NAME } from '../domain/environment.js';
import { EXAMPLE_CHOICES, FORMATS, PLANNER_CHOICES } from './layer.js';
import { readStoreChoice, type StoreChoice } from './store-choice.js';

/** What the command line says, as text. Undefined means that the flag was not given. */
export interface SettingsFlags {
  model?: string | undefined;
  planningModel?: string | undefined;
  executionModel?: string | undefined;
  introspectionModel?: string | undefined;
  summarizerModel?: string | undefined;
  baseUrl?: string | undefined;
  apiKeyEnv?: string | undefined;
  apiKeyFile?: string | undefined;
  execEnv?: string[] | undefined;
  modelTimeout?: string | undefined;
  planner?: string | undefined;
  cached?: boolean | undefined;
  examples?: string | undefined;
  /** Only in code. */
  agent?: string | undefined;
  store?: string | undefined;
  approve?: string[] | undefined;
  deny?: string[] | undefined;
  allowPath?: string[] | undefined;
  format?: string | undefined;
  noPrompt?: boolean | undefined;
  /** `-v`. */
  logLevel?: LogLevel | undefined;
}

/** Throws a PortiaError `invalid-settings` that names the flag. */
export function readFlagLayer(flags: SettingsFlags, resolvePath: (path: string) => string): Layer {
  return {
    origin: 'flag',
    model: modelFlag(flags.model, '--model'),
    roles: {
      planning: modelFlag(flags.planningModel, '--planning-model'),
      execution: modelFlag(flags.executionModel, '--execution-model'),
      introspection: modelFlag(flags.introspectionModel, '--introspection-model'),
      summarizer: modelFlag(flags.summarizerModel, '--summarizer-model'),
    },
    baseUrl: fromFlag(checkBaseUrl(flags.baseUrl, '--base-url'), '--base-url'),
    apiKeyEnv: fromFlag(checkVariableName(flags.apiKeyEnv, '--api-key-env'), '--api-key-env'),
    apiKeyFile: fromFlag(flags.apiKeyFile ? resolvePath(flags.apiKeyFile) : flags.apiKeyFile, '--api-key-file'),
    execEnv: flags.execEnv?.flatMap((name) => checkVariableName(name, '--exec-env') ?? []),
    modelTimeoutMs: fromFlag(readDuration(flags.modelTimeout, '--model-timeout'), '--model-timeout'),
    store: fromFlag(storeFlag(flags.store, resolvePath), '--store'),
    planner: fromFlag(oneOf<PlannerChoice>(flags.planner, PLANNER_CHOICES, '--planner'), '--planner'),
    reusePlans: fromFlag(flags.cached, flags.cached ? '--cached' : '--no-cached'),
    examples: fromFlag(oneOf<ExampleChoice>(flags.examples, EXAMPLE_CHOICES, '--examples'), '--examples'),
    agent: fromFlag(oneOf<AgentType>(flags.agent, AGENT_TYPES, 'agent'), 'agent'),
    approvals: [
      ...(flags.deny ?? []).map((glob): SourcedRule => ({ glob, policy: 'deny', origin: 'flag', source: '--deny' })),
      ...(flags.approve ?? []).map((glob): SourcedRule => ({
        glob,
        policy: 'allow',
        origin: 'flag',
        source: '--approve',
      })),
    ],
    allowPaths: (flags.allowPath ?? []).map((path) => ({
      value: resolvePath(path),
      origin: 'flag',
      source: '--allow-path',
    })),
    format: fromFlag(oneOf<Format>(flags.format, FORMATS, '--format'), '--format'),
    noPrompt: fromFlag(flags.noPrompt === true ? true : undefined, '--no-prompt'),
    logLevel: fromFlag(flags.logLevel, '--verbose'),
  };
}

function modelFlag(name: string | undefined, source: string): Sourced<string> | undefined {
  if (name !== undefined && parseExecName(name)?.trim() === '') {
    throw badSetting(source, 'after exec: a program must follow', `${source} 'exec:./my-model.sh'`);
  }
  return fromFlag(name, source);
}

function fromFlag<T>(value: T | undefined, source: string): Sourced<T> | undefined {
  if (value === undefined) return undefined;
  if (value === '') throw badSetting(source, 'it is empty', `give a value after ${source}, or leave it out`);
  return { value, origin: 'flag', source };
}

function readDuration(text: string | undefined, source: string): number | undefined {
  const ms = text === undefined ? undefined : durationMs(text);
  if (text === undefined || ms !== undefined) return ms;
  throw badSetting(source, 'it takes a number with ms, s, m, h or d', `${source} 30m`);
}

/** The value when it is one of the allowed ones. */
export function oneOf<T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  source: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value.toLowerCase());
  if (found !== undefined) return found;
  throw badSetting(source, `it must be one of ${allowed.join(', ')}`, `${source} ${allowed[0] ?? ''}`);
}

function checkBaseUrl(value: string | undefined, source: string): string | undefined {
  const problem = value === undefined ? undefined : baseUrlProblem(value);
  if (problem === undefined) return value;
  throw badSetting(source, `the URL ${problem}`, `${source} http://localhost:11434/v1`);
}

function checkVariableName(value: string | undefined, source: string): string | undefined {
  if (value === undefined || VARIABLE_NAME.test(value)) return value;
  // The value is not repeated: it may be the key itself.
  throw badSetting(
    source,
    'it takes the name of a variable, never the key itself',
    `${source} OPENAI_API_KEY   (and the key in that variable)`,
  );
}

function storeFlag(text: string | undefined, resolvePath: (path: string) => string): StoreChoice | undefined {
  return text === undefined ? undefined : readStoreChoice(text, '--store', resolvePath);
}
