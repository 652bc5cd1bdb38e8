import { answerPlan, printPlan } from '../output/print-plan.js';
import { EXIT } from '../session/exit-codes.js';
import type { Invocation } from '../session/io.js';
import type { AllOptions } from '../session/options.js';
import { readHint } from '../input/query.js';
import { refinePlan } from '../plans/refine-plan.js';
import { loadPlan } from '../input/references.js';
import { createSession } from '../session/session.js';

/** Changes a plan with the model, as a hint says; the result is another plan. */
export async function runRefineCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = '', words] = invocation.parameters;
  const found = await loadPlan(session, text);
  const refined = await refinePlan(session, found, await readHint(session, words));
  if (refined === undefined) await printPlan(session, found.plan);
  else await answerPlan(session, refined);
  return EXIT.complete;
}
