import { keepSubPlans, loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { RunId } from '../../domain/values/ids.js';
import { acceptChangedTool } from '../../executor/accept-changed.js';
import { count } from '../../ui/brief-value.js';
import { EXIT, exitCodeOfError } from '../session/exit-codes.js';
import { whoAnswers, type Session } from '../session/session.js';
import { requireTrustForRun } from '../trust/require-trust.js';

/** Lets every run that waits continue with a tool as it is now. */
export async function acceptChanged(session: Session, [toolId]: readonly string[]): Promise<number> {
  if (toolId === undefined) {
    throw new PortiaError('usage', 'portia queue accept-changed needs the id of a tool.', {
      why: 'A changed tool is accepted by its exact id.',
      fix: portia('queue', 'accept-changed', 'TOOL'),
    });
  }
  const accepted: RunId[] = [];
  let code: number = EXIT.complete;
  for (const id of await waitingRuns(session)) {
    try {
      if (await acceptFor(session, { id, toolId })) accepted.push(id);
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      // Whoever drives it has its tools.
      if (error.code === 'run-locked') continue;
      await session.warn(`Nothing was accepted for ${id}: ${error.message}`);
      code = exitCodeOfError(error.code);
    }
  }
  await session.print({
    record: { tool: toolId, accepted },
    human: () =>
      accepted.length === 0
        ? `No run in the queue waits because ${toolId} has changed.\n`
        : `${count(accepted.length, 'run')} may continue with ${toolId} as it is now.\n`,
  });
  return code;
}

async function waitingRuns({ services, warn }: Session): Promise<RunId[]> {
  const found: RunId[] = [];
  const tell = async (id: RunId, why: string) => warn(`${id} cannot be read: ${why}`);
  for await (const { id, owner } of services.store.queue.list(Number.POSITIVE_INFINITY, tell)) {
    if (owner === undefined) found.push(id);
  }
  return found;
}

async function acceptFor(session: Session, { id, toolId }: { id: RunId; toolId: string }): Promise<boolean> {
  const { store } = session.services;
  const { run } = await store.requireRun(id);
  const plan = await store.readPlan(run.plan_id);
  if (plan !== undefined) {
    const plans = [plan, ...(await loadSubPlans(plan, store)).values()];
    await requireTrustForRun(session, plans);
    await session.services.toolsToRun(plans);
  }
  return acceptChangedTool(
    { id, toolId },
    {
      store,
      services: await session.services.executor(),
      readSubPlans: async (outer) => keepSubPlans(outer, store),
      by: whoAnswers(session),
    },
  );
}
