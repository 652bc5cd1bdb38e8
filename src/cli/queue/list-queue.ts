import { plainCommand } from '../../domain/next-step.js';
import { standingOf, type Standing } from '../../domain/run/queue.js';
import type { ListedRun } from '../../storage/run-queue.js';
import { queueNext, queueView, queueWhy } from '../../ui/queue-view.js';
import { EXIT } from '../session/exit-codes.js';
import type { OptionsOf } from '../session/flags.js';
import { LIST_LIMIT_FLAGS, readListLimit } from '../session/list-limit.js';
import type { Session } from '../session/session.js';

interface ShownRun extends ListedRun {
  standing: Standing;
  why: string;
}

export const QUEUE_LIST_FLAGS = LIST_LIMIT_FLAGS;

/** What waits, runs or is parked, and why. */
export async function listQueue(session: Session<OptionsOf<typeof QUEUE_LIST_FLAGS>>): Promise<number> {
  const { queue, now } = session.services;
  const time = now().toISOString();
  const shown: ShownRun[] = [];
  const unreadable = async (id: string, why: string) => session.warn(`${id} cannot be read: ${why}`);
  for await (const run of queue.list(readListLimit(session), unreadable)) {
    const standing = standingOf(run, { isDriven: run.owner !== undefined, now: time });
    shown.push({ ...run, standing, why: queueWhy(standing, run) });
  }
  await session.print({ record: shown.map(recordOf), human: (look) => queueView(shown, look) });
  return EXIT.complete;
}

function recordOf({ standing, ...run }: ShownRun): object {
  const next = queueNext(run.id, standing);
  const { kind, ...details } = standing;
  return { ...run, standing: kind, ...details, next: next === undefined ? null : plainCommand(next) };
}
