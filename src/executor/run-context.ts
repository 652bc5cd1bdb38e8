import type { Clarification } from '../domain/clarification.js';
import type { RunError } from '../domain/errors.js';
import type { ModelRole } from '../domain/events.js';
import type { NewId } from '../domain/ids.js';
import type { Json, JsonSchema } from '../domain/json.js';
import type { Plan } from '../domain/plan.js';
import type { Model, ModelReply, ModelRequest } from '../models/model.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
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
    shape: { name: string; schema: JsonSchema; validate(value: Json): string[]; signal: AbortSignal },
  ): Promise<{ value: Json; reply: ModelReply }>;
  compileSchema(schema: JsonSchema): Promise<(value: Json) => { pointer: string; message: string }[]>;
  /** What the user decided about calls of a tool before the run: undefined leaves it to the tool's effect. */
  policy(toolId: string): 'allow' | 'ask' | 'deny' | undefined;
  evaluate(source: string, variables: Record<string, unknown>, startedAt: string): Promise<unknown>;
  /** A copy without secrets, of everything that is about to be recorded. */
  redact<Value>(value: Value): Value;
  settings: ExecutorSettings;
}

export interface ExecutorSettings {
  /** Values with more tokens than this, by estimate, are kept beside the log. */
  largeOutputTokens: number;
  /** Ask the summarizer for a summary of the run. */
  summarize: boolean;
}

/** One drive of one run. */
export interface RunContext {
  plan: Plan;
  recorder: Recorder;
  services: ExecutorServices;
  /** Aborted when the run is interrupted. */
  signal: AbortSignal;
}

/** One attempt at one step. */
export interface StepContext extends RunContext {
  /** Index of the top-level step that holds it. */
  index: number;
  path: string;
  attempt: number;
  /** Name of the step's output, if it leaves one. */
  output: string | undefined;
  scope: Scope;
  /** Aborted with the run, or when the step's own time is over. */
  signal: AbortSignal;
  /** Aborted only with the run. */
  runSignal: AbortSignal;
}

/** How a step ends. Asking is a normal result. */
export type StepOutcome =
  | { kind: 'completed'; value: Json }
  | { kind: 'skipped'; reason: string }
  | { kind: 'suspended'; clarifications: Clarification[] }
  | { kind: 'failed'; error: RunError };

/** The same, before the step has a value: what a part of a step gives when it cannot go on. */
export type StepStop = Exclude<StepOutcome, { kind: 'completed' }>;

export function failed(context: { path: string }, error: Omit<RunError, 'step'>): StepOutcome & { kind: 'failed' } {
  return { kind: 'failed', error: { ...error, step: context.path } };
}
