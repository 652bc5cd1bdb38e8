import { join, relative } from 'node:path';

import { shownStore } from '../../config/store-choice.js';
import type { PlanId, RunId } from '../../domain/values/ids.js';
import type { Session } from '../session/session.js';

/** The file of a stored plan or run; undefined where the store has no files. */
export function fileOf({ services: { settings } }: Session, id: PlanId | RunId): string | undefined {
  if (settings.store.value.kind !== 'file') return undefined;
  return join(settings.storageDir.value, folderOf(id), `${id}.json`);
}

/** Where a person finds a stored plan or run. */
export function placeOf(session: Session, id: PlanId | RunId): string {
  const { cwd, projectRoot, settings } = session.services;
  const file = fileOf(session, id);
  if (file === undefined) return `${id} in ${shownStore(settings.store.value)}`;
  return settings.storageDir.value === projectRoot ? `${folderOf(id)}/${id}.json` : relative(cwd, file);
}

function folderOf(id: PlanId | RunId): string {
  return id.startsWith('plan-') ? 'plans' : 'runs';
}
