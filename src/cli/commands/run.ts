import { approvePlan, runPlanCommandLine } from '../plans/approve-plan.js';
import { exitCodeOfSignal } from '../session/exit-codes.js';
import type { Invocation } from '../session/io.js';
import { declaredInputs, makePlan } from '../plans/make-plan.js';
import type { AllOptions } from '../session/options.js';
import { showBeforeRun } from '../output/plan-picture.js';
import { readQuery } from '../input/query.js';
import { createSession } from '../session/session.js';
import { continueStart, readAllInputs, startPlan } from '../runs/start.js';
import { signalOfPrompt } from '../runs/stopping.js';

/** Plans, shows the plan, asks whether to run it, and runs it, or what a person made of it. */
export async function runRunCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const query = await readQuery(session, invocation.parameters[0]);
  const declared = declaredInputs(session.options);
  const inputs = await readAllInputs(session, declared);
  const continued = await continueStart(session, query, inputs);
  if (continued !== undefined) return continued;
  const made = await makePlan(session, query, Object.keys(inputs));
  await showBeforeRun(session, made, inputs);
  const { plan, isApproved } = await approvePlan(session, made, inputs);
  if (isApproved) return startPlan(session, { plan, name: plan.id, keep: async () => plan, request: query }, inputs);
  await session.note(`The plan is saved. Next: ${session.look.spell(runPlanCommandLine(plan, session.options))}\n`);
  return exitCodeOfSignal(signalOfPrompt(session.io));
}
