import { answerPlan } from '../output/print-plan.js';
import { EXIT } from '../session/exit-codes.js';
import type { Invocation } from '../session/io.js';
import { makePlan } from '../plans/make-plan.js';
import type { AllOptions } from '../session/options.js';
import { readQuery } from '../input/query.js';
import { createSession } from '../session/session.js';

/** Makes a plan and prints it; nothing is run. */
export async function runPlanCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const query = await readQuery(session, invocation.parameters[0]);
  await answerPlan(session, await makePlan(session, query));
  return EXIT.complete;
}
