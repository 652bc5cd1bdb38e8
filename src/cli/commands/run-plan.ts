import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { loadPlan } from '../references.js';
import { createSession } from '../session.js';
import { readAllInputs, startPlan } from '../start.js';
import { refuseKeyOfBatch } from '../start-key.js';

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
  const names = found.plan.plan_inputs.map((input) => input.name);
  return startPlan(session, found, await readAllInputs(session, names));
}
