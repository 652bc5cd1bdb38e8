import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { pausesView } from '../../ui/queue-view.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import type { Session } from '../session/session.js';

export const QUEUE_PAUSE_FLAGS = { label: flag.text('--label <name>', 'only runs with this label') };

type PauseSession = Session<OptionsOf<typeof QUEUE_PAUSE_FLAGS>>;

/** From now on workers begin no run. */
export async function pauseQueue(session: PauseSession): Promise<number> {
  const { store, now } = session.services;
  await store.queue.pause({ label: readLabel(session), since: now().toISOString() });
  return tellPauses(session);
}

/** Workers continue what waits. */
export async function continueQueue(session: PauseSession): Promise<number> {
  const label = readLabel(session);
  const wasPaused = await session.services.store.queue.unpause(label);
  if (!wasPaused) await session.warn(`${label === null ? 'The queue' : `The label ${label}`} was not paused.`);
  return tellPauses(session);
}

function readLabel({ options: { label } }: PauseSession): string | null {
  if (label !== '') return label ?? null;
  throw new PortiaError('usage', '--label needs a name.', { fix: portia('queue', 'pause', '--label', 'NAME') });
}

async function tellPauses(session: PauseSession): Promise<number> {
  const { pauses } = await session.services.store.queue.state(async () => undefined);
  await session.print({
    record: { pauses },
    human: (look) => (pauses.length === 0 ? 'Nothing is paused.\n' : pausesView(pauses, look).trimEnd().concat('\n')),
  });
  return EXIT.complete;
}
