import { PortiaError } from '../domain/errors.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Store, StoredRun } from '../storage/store.js';

/** The runs that are parts of a run, the innermost first. */
export async function partsOfRun(store: Store, run: Run | undefined): Promise<RunId[]> {
  const found: RunId[] = [];
  for (const { sub_run: part } of run?.steps ?? []) {
    if (part === undefined) continue;
    const stored = await readableRun(store, part);
    if (stored !== undefined) found.push(...(await partsOfRun(store, stored.run)), part);
  }
  return found;
}

/** A run that cannot be read can be deleted all the same. */
export async function readableRun(store: Store, id: RunId): Promise<StoredRun | undefined> {
  try {
    return await store.readRun(id, { keeps: () => true });
  } catch (error) {
    if (error instanceof PortiaError) return undefined;
    throw error;
  }
}
