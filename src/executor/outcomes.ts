import type { Clarification } from '../domain/run/clarification.js';
import type { ConditionOutcome, EventOf } from '../domain/run/events.js';
import type { RunError } from '../domain/errors.js';
import type { Usage } from '../domain/plan/plan.js';
import type { Output } from '../domain/run/run.js';
import type { Json } from '../domain/values/json.js';

/** An event, a time (ISO 8601, UTC), or what comes first. */
export type Wait = Pick<EventOf<'wait.started'>, 'until' | 'waits_for'>;

/** What a part of a step gives: a value, or what stops the step. */
export type Got<Value> = { ok: true; value: Value } | { ok: false; stop: StepStop };

/** Why a step cannot continue, before it has a value. */
export type StepStop = { kind: 'skipped'; reason: string } | Extract<StepBreak, { kind: 'suspended' | 'failed' }>;

/** How a step ends. Asking is a normal result. */
export type StepOutcome =
  /**
   * `usage`: of the run of a plan that the step ran; `exhausted`: a loop reached its limit. `secret`: what finds the
   * secret that the value is the placeholder of. `failed`: the items that failed, of a loop that continues after them.
   */
  | {
      kind: 'completed';
      value: Json;
      usage?: Usage | undefined;
      exhausted?: true | undefined;
      secret?: string | undefined;
      failed?: Json[] | undefined;
    }
  /** Completed without a value of its own; `output` is what its last block left. */
  | { kind: 'passed'; output: Output | undefined; exhausted?: true | undefined; failed?: Json[] | undefined }
  | { kind: 'skipped'; reason: string }
  | StepBreak;

/** What stops a step and everything around it. `wait`: what it waits for beside questions. */
export type StepBreak =
  | { kind: 'suspended'; clarifications: Clarification[]; wait?: Wait | undefined }
  | { kind: 'failed'; error: RunError }
  /** An exit step was reached: the run ends with this message. */
  | { kind: 'exited'; path: string; message: string; isError: boolean }
  /** The rest of the plan no longer makes sense, and the run is complete. */
  | { kind: 'ended' };

/** How a block ends; `output` is what its last completed step left. */
export type BlockEnd = { kind: 'finished'; output: Output | undefined } | StepBreak;

/** What a condition decides, and why: do what it guards, skip that, or skip everything that follows, too. */
export interface Decision {
  outcome: ConditionOutcome;
  reason: string;
}

/** What is said of a run that a person's no to a call ends. */
export function noTo(toolId: string, reason: string | undefined): string {
  return `A person said no to calling ${toolId}${reason === undefined ? '.' : `: ${reason}`}`;
}

/** The failure of the step that the context is of. */
export function failed(context: { path: string }, error: Omit<RunError, 'step'>): StepOutcome & { kind: 'failed' } {
  return { kind: 'failed', error: { ...error, step: context.path } };
}
