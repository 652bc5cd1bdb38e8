import type { StepRecord } from '../../domain/run/run.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';

/** Values of an item that its title names. */
const MOST_PARTS = 2;

/** What a round of a loop is about: the first values of its item. Empty where there is none. */
export function itemTitle(items: StepRecord['items']): string {
  const [item] = Object.values(items ?? {});
  return item === undefined ? '' : oneLine(partsOf(item).slice(0, MOST_PARTS).join(', '));
}

function partsOf(item: Json): string[] {
  if (typeof item === 'object' && item !== null) {
    const values = isJsonObject(item) ? Object.values(item) : item;
    return values.flatMap((value) => (typeof value === 'object' ? [] : [String(value)]));
  }
  return item === null ? [] : [String(item)];
}
