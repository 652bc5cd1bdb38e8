import type { Invocation } from '../session/io.js';
import type { AllOptions } from '../session/options.js';
import { loadPlan } from '../input/references.js';
import { createSession } from '../session/session.js';
import { readAllInputs, startPlan } from '../runs/start.js';
import { refuseKeyOfBatch } from '../runs/start-key.js';

/** Runs a saved plan, once or for every line of a batch: what is handed in is taken as approved. */
export async function runRunPlanCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [plan = ''] = invocation.parameters;
  const { batch } = session.options;
  if (batch !== undefined) {
    refuseKeyOfBatch(session);
    const { runBatch } = await import('../batch/run-batch.js');
    return runBatch(session, plan, batch);
  }
  const found = await loadPlan(session, plan);
  return startPlan(session, found, await readAllInputs(session, found.plan.plan_inputs));
}
