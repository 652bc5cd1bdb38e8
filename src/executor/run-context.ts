import type { Clarification } from '../domain/run/clarification.js';
import type { RunError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import type { NewId, RunId } from '../domain/values/ids.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { Plan, Step, Usage } from '../domain/plan/plan.js';
import type { Output } from '../domain/run/run.js';
import type { Model, ModelReply, ModelRequest } from '../models/model.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import type { Store } from '../storage/store.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import type { Answering } from './answering.js';
import type { ConsentCheck } from './consent-check.js';
import type { EvaluateOptions } from './evaluate.js';
import type { Budget, BudgetOptions } from './budget.js';
import type { RunSecrets, Secrets } from './held-secrets.js';
import type { Recorder } from './recorder.js';
import type { Scope } from './scope.js';

/** What the executor needs from outside, handed in by whoever composes the program. */
export interface ExecutorServices {
  newId: NewId;
  tools: { get(id: string): Tool | undefined };
  environment: ToolEnvironment;
  /** The model of a role, or of a name given in the plan. Rejects with `no-model` or `key-rejected`. */
  model(role: ModelRole, name?: string): Promise<Model>;
  completeStructured(
    model: Model,
    request: ModelRequest,
    shape: {
      name: string;
      schema: JsonSchema;
      validate(value: Json): string[];
      signal: AbortSignal;
      beforeRepair?: (spent: Usage) => void;
    },
  ): Promise<{ value: Json; reply: ModelReply; keptDigits?: string | undefined }>;
  /** Values for a plan's inputs, with defaults; `problem` says what is missing or does not fit. */
  checkInputs(
    plan: Plan,
    given: Record<string, Json>,
  ): Promise<{ ok: true; values: Record<string, Json> } | { ok: false; problem: string }>;
  compileSchema(schema: JsonSchema): Promise<(value: Json) => { pointer: string; message: string }[]>;
  /** What the user decided about calls of a tool before the run: undefined leaves it to the tool's effect. */
  policy(toolId: string): 'allow' | 'ask' | 'deny' | undefined;
  evaluate(source: string, variables: Record<string, unknown>, options: EvaluateOptions): Promise<unknown>;
  /** A copy without secrets, of everything that is about to be recorded. */
  redact<Value>(value: Value): Value;
  /** Secrets that persons gave to this process. */
  secrets: Secrets;
  settings: ExecutorSettings;
}

export interface ExecutorSettings {
  /** Values with more tokens than this, by estimate, are kept beside the log. */
  largeOutputTokens: number;
  /** Ask the summarizer for a summary of the run. */
  summarize: boolean;
  /** Steps that may be done at a time, where the plan allows it; 1 keeps to the written order. */
  jobs: number;
  budget: BudgetOptions;
}

/** Steps that are done one after the other, with the path of their list and the names that they see. */
export interface Block {
  steps: Step[];
  /** `4[2].steps`; the steps are `4[2].steps.0`, `4[2].steps.1`, … Empty for the plan itself. */
  path: string;
  scope: Scope;
}

/** How a block ends; `output` is what its last completed step left. */
export type BlockEnd = { kind: 'finished'; output: Output | undefined } | StepBreak;

/** What stops not only a step but everything around it. */
export type StepBreak =
  | { kind: 'suspended'; clarifications: Clarification[] }
  | { kind: 'failed'; error: RunError }
  /** An exit step was reached: the run ends with this message. */
  | { kind: 'exited'; path: string; message: string; isError: boolean }
  /** The rest of the plan makes no sense any more, and the run is complete. */
  | { kind: 'ended' };

/** One drive of one run. */
export interface RunContext {
  plan: Plan;
  /** The plans inside the plan. */
  subPlans: SubPlans;
  /** Bare names of the inputs that may hold what was read of the user's own: what a person types is not. */
  privateInputs: readonly string[];
  store: Store;
  recorder: Recorder;
  services: ExecutorServices;
  /** Those of this run, and of the runs inside it. */
  secrets: RunSecrets;
  answering: Answering;
  consents: ConsentCheck;
  /** Told of every event, also by the runs that are parts of this one. */
  listener: (event: RunEvent) => void;
  /** Told how far a call is, as its tool reports it. */
  onProgress: (told: ToldProgress) => void;
  /** Drives a run that is part of this one to where it stops. Rejects with what stops both. */
  driveSubRun(context: RunContext): Promise<void>;
  /** Whether runs inside this one are taken from a process that owns them. */
  takeOver: boolean;
  /** Steps that may be done at a time here. */
  jobs: number;
  /** What continues the run once it is paused, as an error says it and as it is recorded. */
  next: { said: string; recorded: string };
  budget: Budget;
  /** Aborted with the run, or when the time of a step around it is over. */
  signal: AbortSignal;
  /** Aborted only with the run, with an Interruption. */
  runSignal: AbortSignal;
}

/** What a tool reported of a call that is under way. It is shown and not recorded; without secrets, not yet printable. */
export interface ToldProgress {
  runId: RunId;
  /** Of the step. */
  path: string;
  text: string;
}

/** One attempt at one step. */
export interface StepContext extends RunContext {
  /** Index of the top-level step that holds it. */
  index: number;
  path: string;
  attempt: number;
  /** Name of the step's output, if it leaves one. */
  output: string | undefined;
  /** The step's own `timeout_ms`. */
  timeoutMs: number | undefined;
  scope: Scope;
  /** Does the steps of a block of this step, with the retries and records of their own; `within` is its context if not the step's. */
  runBlock(block: Block, within?: RunContext): Promise<BlockEnd>;
}

/** How a step ends. Asking is a normal result. */
export type StepOutcome =
  /**
   * `usage`: of the run of a plan that the step ran; `exhausted`: a loop reached its limit. `secret`: what finds the secret
   * that the value stands for.
   */
  | {
      kind: 'completed';
      value: Json;
      usage?: Usage | undefined;
      exhausted?: true | undefined;
      secret?: string | undefined;
    }
  /** Completed without a value of its own; `output` is what its last block left. */
  | { kind: 'passed'; output: Output | undefined; exhausted?: true | undefined }
  | { kind: 'skipped'; reason: string }
  | StepBreak;

/** The same, before the step has a value: what a part of a step gives when it cannot continue. */
export type StepStop = { kind: 'skipped'; reason: string } | Extract<StepBreak, { kind: 'suspended' | 'failed' }>;

export function failed(context: { path: string }, error: Omit<RunError, 'step'>): StepOutcome & { kind: 'failed' } {
  return { kind: 'failed', error: { ...error, step: context.path } };
}
