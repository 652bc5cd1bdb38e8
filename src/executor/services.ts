import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import type { AlwaysAllowed, PolicyVerdict } from '../domain/values/policies.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { EarlyAnswer, KeptAnswer } from '../domain/run/early-answers.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { CallProcess, Driver, DriveSetup } from '../domain/run/driver.js';
import type { Run } from '../domain/run/run.js';
import type { Person } from '../domain/run/person.js';
import type { AgentType } from '../domain/values/agent-types.js';
import type { Plan, Usage } from '../domain/plan/plan.js';
import type { ImageSource } from '../domain/values/images.js';
import type { NewId } from '../domain/values/ids.js';
import type { Json, JsonObject, JsonSchema } from '../domain/values/json.js';
import type { Redactor } from '../domain/values/redaction.js';
import type { HookPort } from '../hooks/hook-port.js';
import type { CompleteOptions, Model, ModelMessage, ModelReply, ModelRequest } from '../models/model.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import type { BudgetOptions } from './budget.js';
import type { EvaluateOptions } from './evaluate.js';
import type { Secrets } from './held-secrets.js';
import type { Playback } from './playback.js';
import type { Seal } from './sealed-answers.js';

/** The tools that runs may call. */
export interface RunTools {
  get(id: string): Tool | undefined;
  /** Looks anew at those that may have changed since they were looked at. Gives whether there was any. */
  relist?(ids: readonly string[]): Promise<boolean>;
}

/** What the executor needs from outside, handed in by whoever composes the program. */
export interface ExecutorServices {
  newId: NewId;
  tools: RunTools;
  environment: ToolEnvironment;
  images: ImageLoader;
  /** The model of a role, or of a name given in the plan. Rejects with `no-model` or `key-rejected`. */
  model(role: ModelRole, name?: string): Promise<Model>;
  /** The model that is asked when those before it cannot be; `place` counts from 1. Undefined when there is none. */
  fallback?(role: ModelRole, place: number): Promise<Model | undefined>;
  /** Its id, as events record it; undefined when there is none. */
  modelId(role: ModelRole, name?: string): string | undefined;
  completeStructured(
    model: Model,
    request: ModelRequest,
    shape: {
      name: string;
      schema: JsonSchema;
      validate(value: Json): string[];
      signal: AbortSignal;
      timeoutMs?: number | undefined;
      job?: string | undefined;
      onText?: CompleteOptions['onText'];
      beforeRepair?: (spent: Usage, turn: readonly ModelMessage[]) => void;
    },
  ): Promise<{ value: Json; reply: ModelReply; keptDigits?: string | undefined }>;
  /** Values for a plan's inputs, with defaults; `problem` says what is missing or does not fit. */
  checkInputs(
    plan: Plan,
    given: Record<string, Json>,
  ): Promise<{ ok: true; values: Record<string, Json> } | { ok: false; problem: string }>;
  /** Whether the answer fits the question; the answer as it is recorded, or what is wrong with it. */
  checkAnswer(
    question: Clarification,
    response: Json,
  ): Promise<{ ok: true; value: Json } | { ok: false; problem: string }>;
  compileSchema(schema: JsonSchema): Promise<(value: Json) => { pointer: string; message: string }[]>;
  /** What the user decided about such a call before the run: without a policy the tool's effect decides. */
  policy(toolId: string, args: JsonObject): Promise<PolicyVerdict>;
  /** Tools that the user always lets be called here. Without it nothing is kept. */
  always?: AlwaysAllowed | undefined;
  evaluate(source: string, variables: Record<string, unknown>, options: EvaluateOptions): Promise<unknown>;
  /** The project's own code at each place of a run. */
  hooks?: HookPort | undefined;
  /** A copy without secrets, of everything that is about to be recorded. */
  redact<Value>(value: Value): Value;
  /** The same for a text of which more comes. */
  redactBeginning: Redactor['beginning'];
  /** Secrets that persons gave to this process. */
  secrets: Secrets;
  /** Opens those that they gave elsewhere. */
  seal: Seal;
  /** Processes in which calls are made. Without it they are not recorded. */
  processes?: CallProcesses | undefined;
  /** What is given instead of acting. Without it everything is really done. */
  playback?: Playback | undefined;
  /** Who is told of what runs do, as a trace. Without it nobody is. */
  traces?: RunTraces | undefined;
  /** Called with a run that was driven, once it is saved and free. Never rejects. Without it nobody is told. */
  onStopped?: ((run: Run) => Promise<void>) | undefined;
  /** What is recorded of the setup of a drive beside its settings. Without it nothing is. */
  setup?: Pick<DriveSetup, 'version' | 'policies'> | undefined;
  settings: ExecutorSettings;
}

/** Takes in what runs do, as a trace. Nothing of it waits, and nothing throws. */
export interface RunTraces {
  /** The span that runs begin in, as W3C's Trace Context writes it. */
  readonly traceparent: string | undefined;
  /**
   * Follows a run that is driven from now on; what it gives is called with each event, and the run after it. `since`: when
   * the run was last left, ISO 8601.
   */
  follow(since: string | undefined): (run: Run, event: RunEvent) => void;
}

/** Where images that models are shown come from. */
export interface ImageLoader {
  /** Whether a file has this name, or may not be looked at. */
  isThere(file: string): Promise<boolean>;
  /** As a data URL. Rejects with a PortiaError `invalid-input` or `unavailable`, or with the reason of the signal. */
  load(source: ImageSource, signal: AbortSignal): Promise<string>;
}

/** The processes in which calls of tools are made, and those that drive runs. */
export interface CallProcesses {
  identify(pid: number): CallProcess;
  /** Ends it with all that it started, if it still runs on this machine. Gives whether it is certain that it has ended. */
  end(process: CallProcess): Promise<boolean>;
  /** This process. */
  driver(): Omit<Driver, 'lease_ms'>;
  /** Whether a process that drove a run has perhaps not ended. This one has given up what it drove before. */
  mayLive(driver: Driver): boolean;
}

/** What the user set for runs. */
export interface ExecutorSettings {
  /** Values with more tokens than this, by estimate, are kept beside the log. */
  largeOutputTokens: number;
  /** Keep what models thought in the log. */
  recordReasoning: boolean;
  /** Keep what models were sent beside the log. */
  recordRequests: boolean;
  /** How agents work whose steps do not say. */
  agent: AgentType;
  /** Whether a run keeps to the machine that has the files that it made. */
  keepsToHost: boolean;
  /** Ask the summarizer for a summary of the run. */
  summarize: boolean;
  /** Steps that may be done at a time, where the plan allows it; 1 keeps to the written order. */
  jobs: number;
  budget: BudgetOptions;
}

/** Where answers come from while a run is driven. */
export interface Answering {
  /** Answers that were given before their question was asked; each is used once. */
  inAdvance?: ((open: Clarification[]) => Promise<Answer[]>) | undefined;
  early?: EarlyAnswers | undefined;
  /** Who can be asked while the run is driven; without one the run pauses. */
  handler?: ClarificationHandler | undefined;
  /** Answers of people elsewhere, who see the questions while the run works. */
  meanwhile?: MeanwhileAnswers | undefined;
  /** Who gives these answers. */
  by?: Person | undefined;
  /** Without it a run pauses that waits for what a person does elsewhere. */
  patience?: Patience | undefined;
}

/** Where answers come in while a run is driven. */
export interface MeanwhileAnswers {
  /** From now on answers are recorded here, until the function that it gives is called. */
  open(log: DrivenLog): () => void;
}

/** The record of a run that is driven. */
export interface DrivenLog {
  readonly run: Run;
  append(body: EventBody): unknown;
  flush(): Promise<void>;
  /** Steps that wait for an answer are told that there is one. */
  answered(): void;
}

/** How long a run waits for tools that are not ready. */
export interface Patience {
  ms: number;
  /** Called with the run that begins to wait, and again when it waits for something else. */
  tell(run: Run): Promise<void>;
}

/** Answers to questions that are not asked yet: they are recorded, so that the next process has them, too. */
export interface EarlyAnswers {
  /** Throws a PortiaError `answer-refused` for one that no step of the plan can ask for. */
  check(plan: Plan): void;
  /** Takes those that the run has recorded, and records those that are new; `record` gives the `seq` of the event. */
  keep(plan: Plan, kept: KeptAnswer[], record: (answer: EarlyAnswer) => number): void;
}

/** Chooses answers for a run; rejects with a PortiaError `answer-refused` for one that does not fit. */
export type ChooseAnswers = (run: Run) => Promise<Answer[]>;
