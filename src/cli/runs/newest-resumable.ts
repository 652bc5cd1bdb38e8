import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isFromDigest, type RunId } from '../../domain/values/ids.js';
import { isEndedByExit, isFinal } from '../../domain/run/run.js';
import type { Session } from '../session/session.js';

interface TakeOver {
  takeOver: boolean | undefined;
}

/**
 * The newest run that can be resumed, not one that has ended or that another process drives. Prints which it is.
 * Rejects with `not-found` when there is none.
 */
export async function newestResumable(session: Session<TakeOver>): Promise<RunId> {
  const { store } = session.services;
  // A run inside another continues with that one.
  const ids = (await store.listRunIds()).filter((id) => !isFromDigest(id));
  for (const id of ids) {
    if (!(await isResumable(session, id))) continue;
    await session.note(`Resuming ${id}.\n`);
    return id;
  }
  throw new PortiaError('not-found', 'There is no run that can be resumed.', {
    why:
      ids.length === 0
        ? 'There is no run yet.'
        : 'Every run has ended, cannot be read, or is driven by another process.',
    fix:
      ids.length === 0
        ? advice`Start one: ${portiaTyped('run', '"add 1 + 2"')}`
        : advice`See them: ${portia('list', 'runs')}`,
  });
}

async function isResumable({ services: { store }, options }: Session<TakeOver>, id: RunId): Promise<boolean> {
  const brief = await store.readRunBrief(id);
  if ('unreadable' in brief || brief.state === 'COMPLETE') return false;
  if (brief.owner !== undefined && options.takeOver !== true) return false;
  if (brief.state !== 'FAILED') return true;
  const run = (await store.readRun(id))?.run;
  // An exit of the plan would end it in the same way.
  return run !== undefined && !isFinal(run) && !isEndedByExit(run);
}
