import { inputsError } from '../config/check-inputs.js';
import { readInputs } from '../config/inputs.js';
import type { Json } from '../domain/json.js';
import type { Plan } from '../domain/plan.js';
import { DEFAULT_END_USER } from '../domain/run.js';
import { startRun } from '../executor/start-run.js';
import { loadSubPlans } from '../library/load-sub-plans.js';
import { createInputCheck, refuseBrokenPlans, refuseToolsThatAreOff } from '../library/runnable-plan.js';
import { drive } from './drive.js';
import type { FoundPlan } from './references.js';
import type { Session } from './session.js';

/** The values that the flags give, by name. */
export async function readGivenInputs(session: Session): Promise<Record<string, Json>> {
  const { input = [], inputs } = session.options;
  if (input.length === 0 && inputs === undefined) return {};
  return readInputs({ inputs: input, inputsFile: inputs }, session.readText);
}

/** Runs an approved plan from its first step. */
export async function startPlan(session: Session, found: FoundPlan, given: Record<string, Json>): Promise<number> {
  const { plan, name } = found;
  const tools = await session.services.tools();
  const subPlans = await loadSubPlans(plan, session.services.store);
  refuseBrokenPlans({ plan, subPlans, name }, tools);
  refuseToolsThatAreOff([plan, ...subPlans.values()], tools, session.services.toolEnvironment);
  const inputs = await completeInputs(session, plan, given);
  return drive(session, plan, async (options) =>
    startRun(await found.keep(), { ...options, inputs, endUserId: session.options.endUser ?? DEFAULT_END_USER }),
  );
}

async function completeInputs(
  session: Session,
  plan: Plan,
  given: Record<string, Json>,
): Promise<Record<string, Json>> {
  const check = await createInputCheck(plan);
  let checked = check(given);
  if (checked.missing.length > 0 && session.prompting.yes) {
    const { askInputs } = await import('./ask-inputs.js');
    checked = check({ ...given, ...(await askInputs(session, checked.missing, check.validate)) });
  }
  for (const problem of checked.problems) {
    if (problem.severity === 'warning') await session.warn(problem.message);
  }
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  return checked.values;
}
