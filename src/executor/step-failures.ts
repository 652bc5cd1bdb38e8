import { PortiaError, runErrorOf, type ErrorCode, type RunError } from '../domain/errors.js';
import { BudgetReached } from './budget.js';
import { Interruption } from './interruption.js';
import { StepIsLate } from './not-played.js';
import type { Catcher, StepContext } from './run-context.js';
import { failed, type StepOutcome } from './outcomes.js';

/** Failures of the world around: the run waits for a better time instead of failing. */
const WAIT_CODES: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'rate-limited',
  'no-model',
  'key-rejected',
  'project-untrusted',
  'stale',
]);

/** Failures after which nothing can be recorded, or nothing should be: the log is not as it was recorded. */
const LOG_CODES: ReadonlySet<ErrorCode> = new Set(['run-locked', 'storage-failed', 'store-unreachable', 'log-edited']);

/** Whether the run pauses because of this error, and may continue later as it is. */
export function isTemporary(error: unknown): error is PortiaError {
  // Only a model throws it: of a step or a block whose time is over, it is what the plan says.
  return error instanceof PortiaError && (isTemporaryCode(error.code) || error.code === 'timed-out');
}

/** The same of what a step failed with: a tool says so as data, after all of its step's retries. */
export function isTemporaryCode(code: ErrorCode): boolean {
  return WAIT_CODES.has(code);
}

/** Whether an answer while the run is driven does not fit, or is of somebody who is not asked: the run waits as before. */
export function isRefusedAnswer(error: unknown): boolean {
  return error instanceof PortiaError && (error.code === 'answer-refused' || error.code === 'wrong-person');
}

/** Whether nothing can be recorded, or nothing should be. */
export function isAboutLog({ code }: PortiaError): boolean {
  return LOG_CODES.has(code);
}

/** Failures that no `on_error` of a plan is for: a person or the user's settings decide about them. */
const NEVER_CAUGHT: ReadonlySet<ErrorCode> = new Set([
  'declined',
  'expired',
  'no-model',
  'key-rejected',
  'project-untrusted',
  'stale',
  'consents-unconfirmed',
]);

/** Whether the `on_error` says what is done after this failure. */
export function isCaught({ code }: RunError, catcher: Catcher | undefined): catcher is Catcher {
  return catcher !== undefined && !NEVER_CAUGHT.has(code) && !catcher.signal.aborted;
}

/** Whether the error ends the drive rather than the step. */
export function endsDrive(error: unknown): boolean {
  if (isRefusedAnswer(error)) return true;
  if (error instanceof Interruption || error instanceof BudgetReached || isTemporary(error)) return true;
  return error instanceof PortiaError && isAboutLog(error);
}

/** The outcome of a step's work. Rejects only with what ends the drive, and with bugs. */
export async function catchFailures<End>(
  context: StepContext,
  work: () => Promise<End>,
): Promise<End | (StepOutcome & { kind: 'failed' })> {
  try {
    return await work();
  } catch (error) {
    if (endsDrive(error)) throw error;
    if ((context.signal.aborted && !context.runSignal.aborted) || error instanceof StepIsLate) {
      const message = 'The step took longer than its timeout_ms.';
      return failed(context, { code: 'timed-out', message, retryable: true });
    }
    if (!(error instanceof PortiaError)) throw error;
    return { kind: 'failed', error: runErrorOf(error, { step: context.path, retryable: true }) };
  }
}
