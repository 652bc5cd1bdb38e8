import { answerPlan, printPlan } from '../answer-plan.js';
import { editPlan } from '../edit-plan.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { loadPlan } from '../references.js';
import { createSession } from '../session.js';

/** Changes a plan in the user's editor; the result is another plan. */
export async function runEditCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = ''] = invocation.parameters;
  const found = await loadPlan(session, text);
  const edited = await editPlan(session, found, { confirm: true });
  if (edited === undefined) await printPlan(session, found.plan);
  else await answerPlan(session, edited);
  return EXIT.complete;
}
