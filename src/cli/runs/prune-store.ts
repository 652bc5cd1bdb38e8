import { oldRuns } from '../../app/old-runs.js';
import { partsOfRun, readableRun } from '../../app/parts-of-run.js';
import { portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { RunId } from '../../domain/values/ids.js';
import { count } from '../../ui/brief-value.js';
import { EXIT } from '../session/exit-codes.js';
import type { OptionsOf } from '../session/flags.js';
import type { Session } from '../session/session.js';
import { readDuration } from '../session/read-limits.js';
import type { PRUNE_FLAGS } from './prune-flags.js';

/** Deletes runs that ended long ago; without --yes it only says which. */
export async function pruneStore(session: Session<OptionsOf<typeof PRUNE_FLAGS>>): Promise<number> {
  const { older, yes: isSure = false } = session.options;
  const ms = readDuration(older, '--older 90d');
  if (older === undefined || ms === undefined) throw withoutAge();
  const { store, now } = session.services;
  const before = new Date(now().getTime() - ms).toISOString();
  const runs: RunId[] = [];
  for await (const { id } of oldRuns(store, before)) runs.push(id);
  if (isSure) for (const id of runs) await remove(session, id);
  const record = { before, removed: isSure, runs };
  const next = portia('store', 'prune', '--older', older, '--yes');
  await session.print({
    record,
    human: ({ spell }) => {
      if (runs.length === 0) return `No run ended before ${before}.\n`;
      if (isSure) return `Deleted ${count(runs.length, 'run')} that ended before ${before}.\n`;
      const list = runs.map((id) => `  ${id}\n`).join('');
      return `${count(runs.length, 'run')} that ended before ${before}:\n${list}Delete them: ${spell(next)}\n`;
    },
  });
  return EXIT.complete;
}

/** A run inside another goes first: without it the other is whole enough to be removed again. */
async function remove({ services: { store } }: Session, id: RunId): Promise<void> {
  const parts = await partsOfRun(store, (await readableRun(store, id))?.run);
  for (const part of [...parts, id]) await store.removeRun(part);
}

function withoutAge(): PortiaError {
  return new PortiaError('usage', 'portia store prune needs an age.', {
    why: 'Runs that ended more recently stay.',
    fix: portiaTyped('store', 'prune --older 90d'),
  });
}
