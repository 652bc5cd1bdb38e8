import { PortiaError } from '../domain/errors.js';
import type { StepContext } from './run-context.js';

/** Why a run's signal is aborted: somebody stopped it from outside. It stays resumable. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  /** `SIGINT`, `SIGTERM`, `SIGHUP`, or what the caller of the library gives. */
  override readonly cause: string;

  constructor(cause: string) {
    super(`interrupted by ${cause}`);
    this.cause = cause;
  }
}

/** The interruption behind an aborted signal; undefined while the run may continue. */
export function interruptionOf(signal: AbortSignal): Interruption | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof Interruption ? signal.reason : new Interruption(String(signal.reason));
}

/** Nothing begins to act once the run was interrupted, perhaps by somebody who was just told of the step. */
export function throwBeforeActing(context: StepContext): void {
  context.recorder.tell();
  throwIfStopped(context);
}

/** Nothing begins once the run was interrupted or lost to another process, or the step's time is over. */
export function throwIfStopped({ signal, runSignal }: { signal: AbortSignal; runSignal: AbortSignal }): void {
  if (runSignal.reason instanceof PortiaError) throw runSignal.reason;
  const interruption = interruptionOf(runSignal);
  if (interruption !== undefined) throw interruption;
  signal.throwIfAborted();
}
