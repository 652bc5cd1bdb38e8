import { priceOfTokens, type ModelPrice, type ModelRole } from '../values/model-roles.js';
import type { RunEvent } from './events.js';
import type { Run } from './run.js';
import { tracedCalls } from './traced-calls.js';

/**
 * What the model calls of a run cost, in US dollars; undefined when a price is not known, or when the events do not name
 * the model of every call, as for those of plans inside and of tools.
 */
export function spentOn(
  { usage: total }: Pick<Run, 'usage'>,
  events: readonly RunEvent[],
  prices: ReadonlyMap<string, ModelPrice>,
): number | undefined {
  let [calls, cost] = [0, 0];
  for (const { kind, name, usage } of tracedCalls(events)) {
    if (kind !== 'model' || usage === undefined) continue;
    const price = prices.get(name);
    if (price === undefined) return undefined;
    calls += usage.calls;
    cost += priceOfTokens({ input: usage.input_tokens, output: usage.output_tokens }, price);
  }
  return calls === total.calls ? cost : undefined;
}

/** The model that a run asked in each role, as `provider/name`; without roles in which it asked several. */
export function modelsAsked(events: readonly RunEvent[]): Map<ModelRole, string> {
  const models = new Map<ModelRole, string>();
  const several = new Set<ModelRole>();
  for (const event of events) {
    if (event.type !== 'model.started') continue;
    const { role, model } = event;
    if ((models.get(role) ?? model) !== model) several.add(role);
    models.set(role, model);
  }
  for (const role of several) models.delete(role);
  return models;
}
