import type { Advice } from '../domain/next-step.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Plan, Step } from '../domain/plan/plan.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import type { TextPiece } from '../models/model.js';
import type { Store } from '../storage/store.js';
import type { Tool } from '../tools/tool.js';
import type { Budget } from './budget.js';
import type { ConsentCheck } from './consent-check.js';
import type { KnownEndUser } from './known-end-user.js';
import type { RunSecrets } from './held-secrets.js';
import type { BlockEnd, StepStop } from './outcomes.js';
import type { Recorder } from './recorder.js';
import type { SealedAnswers } from './sealed-answers.js';
import type { Scope } from './scope.js';
import type { Answering, ExecutorServices } from './services.js';
import type { Staying } from './staying.js';

/** Steps that are done one after the other, with the path of their list and the names that they see. */
export interface Block {
  steps: Step[];
  /** `4[2].steps`; the steps are `4[2].steps.0`, `4[2].steps.1`, … Empty for the plan itself. */
  path: string;
  scope: Scope;
}

/** An `on_error` around steps: the path of the step that has it, and what ends that one. */
export interface Catcher {
  path: string;
  signal: AbortSignal;
}

/** Whether the tools of a run, and of the runs inside it, can work. */
export interface ToolsReadiness {
  /** Waits until they can, as long as that is wanted. Gives what is still open. */
  wait(context: RunContext): Promise<Clarification[]>;
  /** Before the run pauses: what calls asked a person to do, and tools wait for, is done once these say so. */
  joinAsked(context: RunContext): Promise<void>;
  /** What stops the step before a call of a tool that waits for something. */
  beforeCall(context: RunContext, tool: Tool): Promise<StepStop | undefined>;
  /** What the outermost run waits for. */
  readonly open: Clarification[];
}

/** One drive of one run. */
export interface RunContext {
  plan: Plan;
  /** The plans inside the plan. */
  subPlans: SubPlans;
  /** Bare names of the inputs that may hold the user's own data; what a person types does not count. */
  privateInputs: readonly string[];
  store: Store;
  recorder: Recorder;
  services: ExecutorServices;
  /** Those of this run, and of the runs inside it. */
  secrets: RunSecrets;
  sealed: SealedAnswers;
  /** A tool made files: the run keeps to this machine, and so does the one around it. */
  keepToHost(): void;
  answering: Answering;
  /** Asked whether they can work; the same for the runs inside this one. */
  readyTools: ToolsReadiness;
  endUser: KnownEndUser;
  consents: ConsentCheck;
  /** Called with every event once it is written, also by the runs that are parts of this one. */
  listener: (event: RunEvent) => void;
  /** Called with how far a call is, as its tool reports it. */
  onProgress: (told: ToldProgress) => void;
  /** Called with the replies of models while they come; undefined when nobody wants to know. */
  onText: ((told: ToldText) => void) | undefined;
  /** Drives a run that is part of this one to where it stops. Rejects with what stops both. */
  driveSubRun(context: RunContext): Promise<void>;
  /** Whether runs inside this one are taken from a process that owns them. */
  takeOver: boolean;
  /** The same for the runs inside this one. */
  staying: Staying;
  /** Steps that may be done at a time here. */
  jobs: number;
  /** The `on_error` that a failure here is for; undefined where it is that of the run. */
  catcher: Catcher | undefined;
  /** What continues the run once it is paused, as an error says it and as it is recorded. */
  next: { said: Advice; recorded: string };
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

/** A piece of a model's reply that is coming. It is shown and not recorded; without secrets, not yet printable. */
export interface ToldText extends TextPiece {
  runId: RunId;
  /** Of the step. */
  path: string;
  /** Of the call, as its events have it. */
  key: string;
  /** Whether the reply is to be JSON. */
  isJson: boolean;
}

/** How the context of a block differs from that of the step around it. */
export type BlockChange = Pick<RunContext, 'jobs'> &
  Partial<Pick<RunContext, 'answering' | 'signal' | 'runSignal' | 'catcher'>>;

/** One attempt at one step. */
export interface StepContext extends RunContext {
  /** Index of the top-level step that holds it. */
  index: number;
  path: string;
  /** Undefined for what is done after the last one. */
  step: Step | undefined;
  attempt: number;
  /** Name of the step's output, if it leaves one. */
  output: string | undefined;
  /** The step's own `timeout_ms`. */
  timeoutMs: number | undefined;
  scope: Scope;
  /** Does the steps of a block of this step, with the retries and records of their own. */
  runBlock(block: Block, change?: BlockChange): Promise<BlockEnd>;
}
