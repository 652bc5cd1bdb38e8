import { isJsonObject, type Json } from '../values/json.js';
import type { ExpressionResult } from './expression-result.js';

/**
 * The first field on the path of an expression that nothing there has, most likely misspelt. Undefined when all are
 * there, when there is nothing to have them, and when the expression is more than a path.
 */
export function missingField(
  { variable, path = [] }: ExpressionResult,
  values: Readonly<Record<string, Json>>,
): string | undefined {
  let level: Json[] = variable !== undefined && Object.hasOwn(values, variable) ? [values[variable] ?? null] : [];
  for (const field of path) {
    // As JSONata does, whatever lists are around them.
    const owners = level.flatMap(itemsOf);
    if (owners.length === 0) return undefined;
    level = owners.flatMap((owner) =>
      isJsonObject(owner) && Object.hasOwn(owner, field) ? [owner[field] ?? null] : [],
    );
    if (level.length === 0) return field;
  }
  return undefined;
}

function itemsOf(value: Json): Json[] {
  return Array.isArray(value) ? value.flatMap(itemsOf) : [value];
}
