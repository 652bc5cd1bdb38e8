import { answerPlan, printPlan } from '../output/print-plan.js';
import { editPlan } from '../plans/edit-plan.js';
import { EXIT } from '../session/exit-codes.js';
import type { Invocation } from '../session/io.js';
import type { AllOptions } from '../session/options.js';
import { loadPlan } from '../input/references.js';
import { createSession } from '../session/session.js';

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
