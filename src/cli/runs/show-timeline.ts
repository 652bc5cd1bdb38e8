import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { StoredRun } from '../../storage/store.js';
import type { Session } from '../session/session.js';

/** Shows the steps of a run, each with its part of the time. Throws `usage` where a flowchart is wanted. */
export async function showTimeline(session: Session<{ as: string | undefined }>, stored: StoredRun): Promise<void> {
  const { run, owner, hasLog } = stored;
  if (session.options.as === 'mermaid') {
    throw new PortiaError('usage', `${run.id} is a run: only a plan is shown as a flowchart.`, {
      fix: portia('show', run.plan_id, '--as', 'mermaid'),
    });
  }
  const { store } = session.services;
  const events = hasLog ? await store.readEvents(run.id) : undefined;
  const whole = run.step_totals === undefined ? run : (await store.requireRun(run.id, { keeps: () => true })).run;
  const plan = await store.readPlan(run.plan_id);
  await session.print({
    record: run,
    async human(look) {
      const { timelineOf } = await import('../../ui/pictures/timeline.js');
      const { timelineView } = await import('../../ui/pictures/timeline-view.js');
      return timelineView(timelineOf(whole, { plan, events, now: look.now, isDriven: owner !== undefined }), look);
    },
  });
}
