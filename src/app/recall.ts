import { PortiaError } from '../domain/errors.js';
import type { Recorded } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';

/** A recorded value, wherever it is kept; null for one that was lost, e.g. with the power, or was never here. */
export async function recall(store: Pick<Store, 'readMemory'>, id: RunId, recorded: Recorded): Promise<Json> {
  if ('value' in recorded) return recorded.value;
  try {
    return await store.readMemory(id, recorded.memory.digest ?? '');
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return null;
    throw error;
  }
}
