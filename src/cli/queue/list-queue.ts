import { plainCommand } from '../../domain/next-step.js';
import { standingOf, type Standing } from '../../domain/run/queue.js';
import type { ListedRun } from '../../storage/run-queue.js';
import { pausesView, queueNext, queueView, queueWhy } from '../../ui/queue-view.js';
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
  const { store, settings, now } = session.services;
  const unreadable = async (id: string, why: string) => session.warn(`${id} cannot be read: ${why}`);
  const state = await store.queue.state(unreadable);
  const rules = { ...state, limits: settings.limits, now: now().toISOString() };
  const shown: ShownRun[] = [];
  for await (const run of store.queue.list(readListLimit(session), async () => undefined)) {
    const standing = standingOf(run, { isDriven: run.owner !== undefined, ...rules });
    shown.push({ ...run, standing, why: queueWhy(standing, run) });
  }
  await session.print({
    record: shown.map(recordOf),
    human: (look) => `${pausesView(state.pauses, look)}${queueView(shown, look)}`,
  });
  return EXIT.complete;
}

function recordOf({ standing, ...run }: ShownRun): object {
  const next = queueNext(run.id, standing);
  const { kind, ...details } = standing;
  return { ...run, standing: kind, ...details, next: next === undefined ? null : plainCommand(next) };
}
