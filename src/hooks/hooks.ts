import type { Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import type { RunError } from '../domain/errors.js';
import type { Output, ParentRun, PauseReason } from '../domain/run/run.js';
import type { Plan, PlanInput, Step } from '../domain/plan/plan.js';
import type { HookName } from '../domain/values/hook-names.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import type { ToolAllowance } from '../tools/tool.js';
import type { HookAbout } from './hook-port.js';

/** What every hook is given: JSON, and a signal that ends with the call of the hook. */
interface Hooked {
  signal: AbortSignal;
}

/** The run that a hook is called in. */
export interface HookRun {
  id: RunId;
  planId: PlanId;
  endUserId: string;
  /** Of a run inside another: the step that runs it. */
  parent?: ParentRun;
}

/** A request that a plan is made for. */
export interface HookedRequest extends Hooked {
  request: string;
  planInputs: PlanInput[];
}

/** A plan that was made and is not kept yet. */
export interface HookedPlan extends Hooked {
  request: string;
  plan: Plan;
}

/** A run before its first step. */
export interface HookedRun extends Hooked {
  run: HookRun;
  plan: Plan;
  /** The values of the plan's inputs, as the run has them. */
  inputs: Record<string, Output>;
}

/** Where a run stops. */
export interface HookedRunEnd extends Hooked {
  run: HookRun;
  state: 'complete' | 'failed' | 'paused' | 'cancelled';
  /** Why it is paused. */
  reason?: PauseReason;
  /** Why it failed, or is paused. */
  error?: RunError;
  /** Of a complete run. */
  finalOutput?: Output | null;
}

/** One attempt at a step. */
export interface HookedStep extends Hooked {
  run: HookRun;
  /** `2`, `4[2].steps.0` */
  path: string;
  /** 1 on the first try; grows only after a failure. */
  attempt: number;
  /** As the plan has it. */
  step: Step;
}

/** How an attempt at a step ended. */
export interface HookedStepEnd extends HookedStep {
  /** What it left; absent when it failed or leaves nothing. */
  output?: Json;
  error?: RunError;
}

/** A call of a tool. Values that are secret are not in it: it has their placeholders. */
export interface HookedCall extends HookedStep {
  tool: { id: string; name: string; effect: ToolEffect; sends: boolean };
  args: JsonObject;
  /** Answers to what this hook asked about this call. */
  answers: Clarification[];
}

/** A call that was made: `result`, or why there is none. */
export interface HookedResult extends HookedCall {
  result?: Json;
  failure?: { message: string; retryable: boolean };
}

/** A question that is open. */
export interface HookedQuestion extends Hooked {
  run: HookRun;
  question: Clarification;
}

/**
 * A sentence for the person who decides about the call, or questions: once they are answered, the hook is called again
 * with the answers.
 */
export type HookQuestion = string | ClarificationRequest | ClarificationRequest[];

/** Changes the plan, or refuses it and says why. */
export type AfterPlanReply = { plan: Plan } | { refuse: string };

/** Skips the step and says why. */
export interface BeforeStepReply {
  skip: string;
}

/** Other arguments, a question, a no that says why, or the result: then the tool is not called. */
export type BeforeToolCallReply =
  | { args: JsonObject; ask?: string }
  | { ask: HookQuestion }
  | { refuse: string }
  | { result: Json };

/** Another result, a question about it, or why the call counts as failed. */
export type AfterToolCallReply = { result: Json } | { ask: HookQuestion } | { fail: string };

export interface QuestionReply {
  answer: Json;
}

type Replied<Reply> = Reply | undefined | void | Promise<Reply | undefined | void>;

/** A hook that can change nothing: what it returns is not looked at. */
type Watched = unknown;

/**
 * What a project does at each place of planning and running. A hook that throws fails the step that it is called for; what
 * one replied is recorded, and it is not called again for the same thing when the run continues.
 */
export interface Hooks {
  /** How long one call of a hook may take, in milliseconds. Default 60,000. */
  timeoutMs?: number;
  /** Before a model or portia itself makes a plan. */
  beforePlan?(about: HookedRequest): Watched;
  afterPlan?(about: HookedPlan): Replied<AfterPlanReply>;
  /** Once for each run, also for that of a plan inside another. */
  beforeRun?(about: HookedRun): Watched;
  /** Before each attempt at a step whose condition holds. */
  beforeStep?(about: HookedStep): Replied<BeforeStepReply>;
  /** Before a person is asked about the call. */
  beforeToolCall?(about: HookedCall): Replied<BeforeToolCallReply>;
  /** After each call that was made. */
  afterToolCall?(about: HookedResult): Replied<AfterToolCallReply>;
  /** After each attempt at a step that was done or failed. */
  afterStep?(about: HookedStepEnd): Watched;
  /** Each time that the run is complete, failed, paused or cancelled. */
  afterRun?(about: HookedRunEnd): Watched;
  /** For each open question that lets nothing happen: never for a consent. */
  onQuestion?(about: HookedQuestion): Replied<QuestionReply>;
}

/** What a module of hooks exports. */
export interface HooksDefinition extends Hooks {
  /** Variables of the environment that the hooks are given, beside PATH, HOME, LANG and the like. */
  env?: readonly string[];
  /** What they may do beyond reading below the project's root, where `"sandbox": "permission"` is set. */
  allow?: ToolAllowance;
}

/** A hook as it is called. */
export type HookFunction = (about: HookAbout & Hooked) => unknown;

/** The function of one hook. */
export function hookFunction(hooks: Hooks, name: HookName): HookFunction | undefined {
  const found: unknown = hooks[name];
  return typeof found === 'function' ? (about) => Reflect.apply(found, hooks, [about]) : undefined;
}
