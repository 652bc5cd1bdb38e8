import { prepareRun, type PreparedRun } from '../../app/prepare-run.js';
import { startKeyOf, type Schedule } from '../../domain/schedule/schedule.js';
import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import { noSuchPlan } from '../../storage/no-such-plan.js';
import { createGivenAnswers } from '../input/given-answers.js';
import type { DriveFlags } from '../session/options.js';
import type { Session } from '../session/session.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { driveOptions } from './drive.js';
import { runOfKey } from './start-key.js';

/**
 * Leaves a run to workers for each of these times of a schedule. A time has one run, however many processes begin it and
 * whenever they are killed. Gives the newest; null without a time.
 */
export async function startScheduled(
  session: Session<Partial<DriveFlags>>,
  schedule: Schedule,
  times: readonly string[],
): Promise<Schedule['last']> {
  let last: Schedule['last'] = null;
  let prepared: PreparedRun | undefined;
  for (const dueAt of times) {
    const { store, newId } = session.services;
    const id = await store.claimKey(startKeyOf(schedule, dueAt), newId('prun'));
    let run = await runOfKey(session, id);
    if (run === undefined) {
      prepared ??= await prepareScheduled(session, schedule);
      run = await startOnce(session, { id, schedule, prepared });
    }
    if (run.queue === undefined && run.state === 'NOT_STARTED') await putInQueue(session, id, schedule);
    last = { due_at: dueAt, run_id: id };
  }
  return last;
}

async function prepareScheduled(session: Session<Partial<DriveFlags>>, schedule: Schedule): Promise<PreparedRun> {
  const { services } = session;
  const plan = await services.store.readPlan(schedule.plan_id);
  if (plan === undefined) throw noSuchPlan(schedule.plan_id);
  const found = { plan, name: plan.id, keep: async () => plan };
  return prepareRun(found, services, {
    endUser: schedule.end_user_id,
    review: (plans) => requireTrustForRun(session, plans),
  });
}

async function startOnce(
  session: Session<Partial<DriveFlags>>,
  { id, schedule, prepared }: { id: RunId; schedule: Schedule; prepared: PreparedRun },
): Promise<Run> {
  const given = createGivenAnswers([], session.warn);
  const { signal } = new AbortController();
  const options = await driveOptions(session, { given, listener: () => undefined, signal });
  try {
    return await prepared.start(schedule.inputs, { ...options, id, queue: placeOf(schedule) });
  } catch (error) {
    const run = await runOfKey(session, id);
    if (run === undefined) throw error;
    // Another process was faster.
    return run;
  }
}

/** Its process ended between its first event and the next. Rejects with `run-locked` while a process begins it. */
async function putInQueue({ services: { store } }: Session, id: RunId, schedule: Schedule): Promise<void> {
  const log = await store.openRun(id);
  try {
    if (log.run.queue === undefined) log.append({ type: 'run.queued', ...placeOf(schedule) });
  } finally {
    await log.close();
  }
}

function placeOf({ priority, labels }: Schedule): { priority: number; labels: string[] } {
  return { priority, labels };
}
