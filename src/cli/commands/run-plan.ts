import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { loadPlan } from '../references.js';
import { createSession } from '../session.js';
import { readGivenInputs, startPlan } from '../start.js';

/** Runs a saved plan: what is handed in is taken as approved. */
export async function runRunPlanCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const found = await loadPlan(session, invocation.parameters[0] ?? '');
  return startPlan(session, found, await readGivenInputs(session));
}
