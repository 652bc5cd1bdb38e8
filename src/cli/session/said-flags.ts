import type { AllOptions } from './options.js';

/** How what was said about a run is said again, in this order. */
const FLAGS = {
  input: '-i',
  approve: '--approve',
  deny: '--deny',
  answer: '--answer',
  stub: '--stub',
  allowPath: '--allow-path',
  inputs: '--inputs',
  answers: '--answers',
  endUser: '--end-user',
  by: '--by',
  model: '--model',
  executionModel: '--execution-model',
  introspectionModel: '--introspection-model',
  summarizerModel: '--summarizer-model',
  baseUrl: '--base-url',
  apiKeyEnv: '--api-key-env',
  apiKeyFile: '--api-key-file',
  execEnv: '--exec-env',
  jobs: '--jobs',
  maxSteps: '--max-steps',
  maxModelCalls: '--max-model-calls',
  maxTokens: '--max-tokens',
  maxCost: '--max-cost',
  timeout: '--timeout',
  dryRun: '--dry-run',
  summarize: '--summarize',
  trustProject: '--trust-project',
} satisfies { [Name in keyof AllOptions]?: string };

type FlagName = keyof typeof FLAGS;

/** What the run itself keeps, what it has used, and limits, which would stop it again. */
const NOT_FOR_RESUME: ReadonlySet<FlagName> = new Set<FlagName>([
  ...(['input', 'inputs', 'answer', 'answers', 'endUser'] as const),
  ...(['jobs', 'maxSteps', 'maxModelCalls', 'maxTokens', 'maxCost', 'timeout'] as const),
]);

/** The words that say all of it again, to start a run as it was meant. */
export function startFlags(options: AllOptions): string[] {
  return wordsOf(options, () => true);
}

/** The words without which a paused run would not continue as it was: its models, and what its tools may do. */
export function resumeFlags(options: AllOptions): string[] {
  return wordsOf(options, (name) => !NOT_FOR_RESUME.has(name));
}

function wordsOf(options: AllOptions, isWanted: (name: FlagName) => boolean): string[] {
  const names = (Object.keys(FLAGS) as FlagName[]).filter(isWanted);
  return names.flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    return value === true ? [FLAGS[name]] : [value].flat().flatMap((word) => [FLAGS[name], String(word)]);
  });
}
