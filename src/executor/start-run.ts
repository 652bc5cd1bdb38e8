import type { RunEvent } from '../domain/events.js';
import type { RunId } from '../domain/ids.js';
import { estimateTokens, type Json } from '../domain/json.js';
import { planDigest } from '../domain/plan-digest.js';
import type { Plan } from '../domain/plan.js';
import type { Output, Run } from '../domain/run.js';
import type { RunLog, Store } from '../storage/store.js';
import { driveRun, type Answering } from './drive-run.js';
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
    const plan_run_inputs = await storeInputs(log, options.inputs, services.settings.largeOutputTokens);
    const created = log.append({
      type: 'run.created',
      plan_id: plan.id,
      plan_digest: planDigest(plan),
      step_count: plan.steps.length,
      end_user_id: options.endUserId,
      plan_run_inputs,
      tools: fingerprintTools(plan, services.tools),
    });
    options.listener(created);
    await log.flush();
    await log.snapshot();
    return driveRun(contextFor(plan, log, options), options.answering);
  });
}

export function contextFor(plan: Plan, log: RunLog, options: DriveOptions): RunContext {
  const { services, listener, signal } = options;
  const { largeOutputTokens } = services.settings;
  return {
    plan,
    services,
    signal,
    recorder: new Recorder(log, { listener, redact: services.redact, largeOutputTokens }),
  };
}

/** Gives the run free whatever happens; a failure to do so must not hide the one that came first. */
export async function withLog<Result>(log: RunLog, work: () => Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await log.close().catch((closing: unknown) => {
      throw new AggregateError([error, closing], error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    });
    throw error;
  }
  await log.close();
  return result;
}

async function storeInputs(
  log: RunLog,
  inputs: Record<string, Json>,
  largeOutputTokens: number,
): Promise<Record<string, Output>> {
  const stored: Record<string, Output> = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (estimateTokens(value) <= largeOutputTokens) stored[name] = { value, summary: null };
    else {
      const memory = await log.storeMemory(value);
      stored[name] = { output_name: name, plan_run_id: '', summary: '', ...memory };
    }
  }
  return stored;
}
