import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { afterDecision } from '../../domain/schedule/due.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import { resolveScheduleRef } from '../../storage/resolve-id.js';
import type { ListedSchedule } from '../../storage/schedules.js';
import { count } from '../../ui/brief-value.js';
import { schedulesView } from '../../ui/schedules-view.js';
import { startScheduled } from '../runs/scheduled-run.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

/** Lists the plans that are run again and again. */
export async function listSchedules(session: Session): Promise<number> {
  const schedules = await session.services.store.schedules.list();
  await session.print({ record: schedules, human: (look) => schedulesView(schedules, look) });
  return EXIT.complete;
}

/** Ends a schedule. What it has begun stays. */
export async function unschedule(session: Session, [text]: readonly string[]): Promise<number> {
  const { id } = await findSchedule(session, text, 'unschedule');
  await session.services.store.schedules.remove(id);
  await session.print({ record: { id, removed: true }, human: () => `Ended ${id}. Runs that it began stay.\n` });
  return EXIT.complete;
}

/** Decides about times that had no worker: a run for each, or none. */
export async function decideMissed(session: Session, [text, decision]: readonly string[]): Promise<number> {
  if (decision !== 'run' && decision !== 'skip') throw noDecision(text, decision);
  const schedule = await findSchedule(session, text, 'missed');
  if ('unreadable' in schedule) {
    throw new PortiaError('unreadable', `${schedule.id} cannot be read.`, { why: schedule.unreadable });
  }
  const { id, undecided } = schedule;
  const last = decision === 'run' ? await startScheduled(session, schedule, undecided) : null;
  await keepDecision(session, schedule, { undecided, last });
  const times = count(undecided.length, 'time');
  const told = decision === 'run' ? `${times} of ${id} got a run.` : `${times} of ${id} got no run.`;
  await session.print({ record: { id, decision, times: undecided }, human: () => `${told}\n` });
  return EXIT.complete;
}

/** A worker may have changed the schedule meanwhile. */
async function keepDecision(
  {
    services: {
      store: { schedules },
    },
  }: Session,
  schedule: Schedule,
  { undecided, last }: Pick<Schedule, 'undecided' | 'last'>,
): Promise<void> {
  for (let kept: ListedSchedule | undefined = schedule; kept !== undefined && !('unreadable' in kept);) {
    if (await schedules.replace(afterDecision(kept, undecided, last))) return;
    kept = (await schedules.list()).find(({ id }) => id === schedule.id);
  }
}

async function findSchedule(
  { services }: Session,
  text: string | undefined,
  action: 'unschedule' | 'missed',
): Promise<ListedSchedule> {
  if (text === undefined) {
    throw new PortiaError('usage', `portia queue ${action} needs a schedule.`, {
      fix: advice`See what is there: ${portia('queue', 'schedules')}`,
    });
  }
  const all = await services.store.schedules.list();
  // As with runs, the last is the newest.
  const id = resolveScheduleRef(text, all.map((each) => each.id).toReversed());
  const found = all.find((each) => each.id === id);
  if (found === undefined) throw new PortiaError('internal', `${id} was listed and is not there.`);
  return found;
}

function noDecision(text = 'ID', decision: string | undefined): PortiaError {
  return new PortiaError('usage', `What becomes of the times that had no worker is not said.`, {
    why: decision === undefined ? 'It is run or skip.' : `${JSON.stringify(decision)} is neither run nor skip.`,
    fix: advice`A run for each: ${portia('queue', 'missed', text, 'run')}\nNone: ${portiaTyped('queue', `missed ${text} skip`)}`,
  });
}
