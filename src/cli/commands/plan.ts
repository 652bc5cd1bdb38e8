import { answerPlan } from '../answer-plan.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import { makePlan } from '../make-plan.js';
import type { AllOptions } from '../options.js';
import { readQuery } from '../query.js';
import { createSession } from '../session.js';

/** Makes a plan and prints it; nothing is run. */
export async function runPlanCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const query = await readQuery(session, invocation.parameters[0]);
  await answerPlan(session, await makePlan(session, query));
  return EXIT.complete;
}
