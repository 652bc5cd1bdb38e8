import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import { PortiaError } from '../domain/errors.js';
import type { Json } from '../domain/values/json.js';

/** What the planning model was sent and said, as it is kept. Rejects with `unreadable`, naming `where`. */
export async function readExchanges(value: Json, where: string): Promise<PlanningExchange[]> {
  // Loaded only here: a schema costs as much as starting the program.
  const { planningExchangesSchema } = await import('../domain/run/planning-exchange.js');
  const read = planningExchangesSchema.safeParse(value);
  if (read.success) return read.data;
  throw new PortiaError('unreadable', `${where} does not say what the planning model was sent.`, {
    why: 'Its form is another one.',
    fix: 'Restore it from a backup, or move it away.',
  });
}
