import type { Json } from '../../domain/json.js';
import { planView } from '../../ui/plan-view.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import { makePlan } from '../make-plan.js';
import type { AllOptions } from '../options.js';
import { readQuery } from '../query.js';
import { createSession } from '../session.js';
import { effectsOfTools } from '../tool-effects.js';

/** Makes a plan and prints it; nothing is run. */
export async function runPlanCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const query = await readQuery(session, invocation.parameters[0]);
  const plan = await makePlan(session, query);
  const effects = await effectsOfTools(session);
  await session.answer({ json: plan as unknown as Json, human: (look) => planView(plan, look, { effects }) });
  await session.note(`Saved plans/${plan.id}.json. Next: portia run-plan ${plan.id}\n`);
  return EXIT.complete;
}
