import { runErrorOf, type RunError } from '../domain/errors.js';
import type { Output, PauseReason } from '../domain/run/run.js';
import { runAbout, tellHook } from './hook-calls.js';
import { isHookFailure } from './hooked-steps.js';
import type { RunContext } from './run-context.js';

/** Tells the hook `beforeRun` of a run whose first step is still to be done. Gives why the run fails, if the hook does. */
export async function tellRunStart(context: RunContext): Promise<RunError | undefined> {
  const { plan, recorder } = context;
  const about = { run: runAbout(context), plan, inputs: recorder.run.plan_run_inputs };
  try {
    await tellHook(context, { hook: 'beforeRun', key: '/beforeRun', about });
    return undefined;
  } catch (error) {
    if (isHookFailure(error)) return runErrorOf(error, { step: null, retryable: false });
    throw error;
  }
}

/** Where a run stops. */
export type RunStop =
  | { state: 'complete'; finalOutput: Output | null }
  | { state: 'failed'; error: RunError }
  | { state: 'paused'; reason: PauseReason; error?: RunError | undefined };

/** Tells the hook `afterRun` where the run stops. What the run did is done, whatever becomes of the hook: a warning says it. */
export async function tellRunStop(context: RunContext, stop: RunStop): Promise<void> {
  const { recorder } = context;
  const key = `/afterRun/${recorder.index.stops}/${stop.state}`;
  const about = { run: runAbout(context), ...stop };
  try {
    await tellHook({ ...context, signal: context.runSignal }, { hook: 'afterRun', key, about });
  } catch (error) {
    if (!isHookFailure(error)) throw error;
    recorder.append({ type: 'warning', message: error.message });
  }
}
