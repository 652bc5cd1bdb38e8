import type { Guests } from '../processes/guests.js';

interface Closed {
  close(): Promise<unknown>;
}

/** Whoever is told of runs first: what they are told is still on its way. */
export async function closeAll(parts: {
  told: readonly (Promise<Closed | undefined> | undefined)[];
  toolbox: Closed;
  guests: Promise<Guests> | undefined;
  database: Closed | undefined;
}): Promise<void> {
  await Promise.all(parts.told.map(async (told) => (await told)?.close()));
  await parts.toolbox.close();
  await (await parts.guests)?.endAll();
  await parts.database?.close();
}
