import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import { valuesNamedIn } from '../domain/run/named-values.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';

/** A line of a log, or a large value that the next line names first. */
export type RunRecord = { line: string } | { digest: string; value: Json };

/** All that a store has of one run, in the order in which another store takes it. Rejects for a value that is lost. */
export async function* recordsOfRun(id: RunId, store: Store): AsyncGenerator<RunRecord> {
  const given = new Set<string>();
  for await (const line of store.readLines(id)) {
    const event: RunEvent = JSON.parse(line);
    for (const digest of valuesNamedIn(event)) {
      if (given.has(digest)) continue;
      given.add(digest);
      const value = await valueOf(id, digest, { store, event });
      if (value !== undefined) yield { digest, value };
    }
    yield { line };
  }
}

/** What a power loss may take is left out; what was stored durably must be there. */
async function valueOf(
  id: RunId,
  digest: string,
  { store, event }: { store: Store; event: RunEvent },
): Promise<Json | undefined> {
  try {
    return await store.readMemory(id, digest);
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable' && event.type !== 'memory.stored') return undefined;
    throw error;
  }
}
