import { withoutRounds } from '../plan/step-path.js';
import { priceOfTokens, type ModelPrice } from '../values/model-roles.js';
import type { RunEvent } from './events.js';
import { tracedCalls } from './traced-calls.js';

/** What the models took that one step asked. */
export interface StepCost {
  /** Of the step; of many rounds without them: `4.steps.0`. */
  path: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; undefined where the price of the model is not known. */
  dollars: number | undefined;
}

/** Steps with more rows than these are told once for all their rounds. */
const MOST_ROWS = 20;

/** What the model calls of a run took, by step and model, in the order in which they began. */
export function stepCosts(events: readonly RunEvent[], prices: ReadonlyMap<string, ModelPrice>): StepCost[] {
  const calls = tracedCalls(events).filter(({ usage }) => usage !== undefined);
  const rows = costRows(calls, (path) => path, prices);
  return rows.length <= MOST_ROWS ? rows : costRows(calls, withoutRounds, prices);
}

function costRows(
  calls: ReturnType<typeof tracedCalls>,
  placeOf: (path: string) => string,
  prices: ReadonlyMap<string, ModelPrice>,
): StepCost[] {
  const rows = new Map<string, StepCost>();
  for (const { path, name: model, usage } of calls) {
    if (usage === undefined) continue;
    const place = placeOf(path);
    const key = `${place} ${model}`;
    const row = rows.get(key) ?? { path: place, model, calls: 0, inputTokens: 0, outputTokens: 0, dollars: 0 };
    rows.set(key, row);
    row.calls += usage.calls;
    row.inputTokens += usage.input_tokens;
    row.outputTokens += usage.output_tokens;
    const price = prices.get(model);
    const cost = price && priceOfTokens({ input: usage.input_tokens, output: usage.output_tokens }, price);
    row.dollars = cost === undefined || row.dollars === undefined ? undefined : row.dollars + cost;
  }
  return [...rows.values()];
}
