import { isJsonObject, setOwn } from './json.js';

/**
 * The value with the keys of its objects in the order in which `original` has them, others after: a schema returns its
 * own order, and a person looks for what they wrote where they wrote it.
 */
export function inOrderOf<Value>(value: Value, original: unknown): Value {
  return reorder(value, original) as Value;
}

function reorder(value: unknown, original: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(original)) return value.map((item, at) => reorder(item, original[at]));
  if (!isJsonObject(value) || !isJsonObject(original)) return value;
  const ordered: Record<string, unknown> = {};
  for (const key of Object.keys(original)) {
    if (Object.hasOwn(value, key)) setOwn(ordered, key, reorder(value[key], original[key]));
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(original, key)) setOwn(ordered, key, value[key]);
  }
  return ordered;
}
