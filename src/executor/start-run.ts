import type { RunEvent } from '../domain/events.js';
import type { RunId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { planDigest } from '../domain/plan-digest.js';
import type { Plan } from '../domain/plan.js';
import type { Output, Run } from '../domain/run.js';
import type { RunLog, Store } from '../storage/store.js';
import type { Answering } from './answering.js';
import { driveRun } from './drive-run.js';
import { Recorder } from './recorder.js';
import type { ExecutorServices, RunContext } from './run-context.js';
import { fingerprintTools } from './tool-fingerprints.js';

export interface DriveOptions {
  store: Store;
  services: ExecutorServices;
  /** Told of every event as it is recorded. Must not throw. */
  listener: (event: RunEvent) => void;
  /** Aborted with an Interruption to stop the run where it is. */
  signal: AbortSignal;
  answering: Answering;
}

/** Starts a run of a plan that is in the store, and drives it as far as it goes. */
export async function startRun(
  plan: Plan,
  options: DriveOptions & { endUserId: string; inputs: Record<string, Json> },
): Promise<Run> {
  const { store, services } = options;
  const id: RunId = services.newId('prun');
  const log = await store.createRun(id);
  return withLog(log, async () => {
    const context = contextFor(plan, log, options);
    const { recorder } = context;
    const plan_run_inputs: Record<string, Output> = {};
    for (const [name, value] of Object.entries(options.inputs)) {
      plan_run_inputs[name] = await recorder.toInput(id, name, value);
    }
    recorder.append({
      type: 'run.created',
      plan_id: plan.id,
      plan_digest: planDigest(plan),
      step_count: plan.steps.length,
      end_user_id: options.endUserId,
      plan_run_inputs,
      tools: fingerprintTools(plan, services.tools),
    });
    return driveRun(context);
  });
}

export function contextFor(plan: Plan, log: RunLog, options: DriveOptions): RunContext {
  const { services, listener, signal, answering } = options;
  const { largeOutputTokens, jobs } = services.settings;
  return {
    plan,
    services,
    answering,
    jobs,
    signal,
    runSignal: signal,
    recorder: new Recorder(log, { listener, redact: services.redact, largeOutputTokens }),
  };
}

/** Gives the run free whatever happens. */
export async function withLog<Result>(log: RunLog, work: () => Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // The first failure is the one to report: the second has the same cause, and the lock ends with this process.
    await log.close().catch(() => undefined);
    throw error;
  }
  await log.close();
  return result;
}
