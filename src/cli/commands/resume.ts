import type { RunId } from '../../domain/values/ids.js';
import { isFinal } from '../../domain/run/run.js';
import { resumeRun } from '../../executor/resume-run.js';
import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { confirmChangesHere } from '../runs/confirm-changes.js';
import { drive, type ShownRun } from '../runs/drive.js';
import type { Invocation } from '../session/io.js';
import { checkNamedTools } from '../runs/named-tools.js';
import type { AllOptions } from '../session/options.js';
import { newestResumable } from '../runs/newest-resumable.js';
import { findRun } from '../input/references.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { createSession, type Session } from '../session/session.js';

/** Goes on with a run where it stopped. */
export async function runResumeCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text] = invocation.parameters;
  const id = text === undefined ? await newestResumable(session) : await findRun(session, text);
  return drive(session, await shownOfRun(session, id), async (options, given, pause) =>
    resumeRun(id, {
      ...options,
      answers: (run) => given.forRun(run),
      takeOver: session.options.takeOver,
      acceptChanged: session.options.acceptChanged,
      confirmChanges: confirmChangesHere(session, pause),
    }),
  );
}

/** For the picture of the steps. What is wrong with the run or its plan is said when it is resumed. */
async function shownOfRun(session: Session, id: RunId): Promise<ShownRun> {
  const { store } = session.services;
  const stored = await store.readRun(id);
  for (const warning of stored?.warnings ?? []) await session.warn(warning);
  const plan = stored === undefined ? undefined : await store.readPlan(stored.run.plan_id);
  // A run that has ended is only printed again.
  if (plan !== undefined && stored !== undefined && !isFinal(stored.run)) {
    const plans = [plan, ...(await loadSubPlans(plan, store)).values()];
    await requireTrustForRun(session, plans);
    await checkNamedTools(session, plans);
  }
  return { plan, before: stored?.run };
}
