/** Any value that survives a JSON file unchanged. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A JSON Schema document (draft 2020-12 or 7). */
export type JsonSchema = JsonObject;

/** Deepest nesting that portia reads or writes; recursion over anything deeper could exhaust the stack. */
export const MAX_DEPTH = 64;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How deep the value nests, counted without recursion; stops counting at `limit` + 1. */
export function depthOf(value: unknown, limit: number = MAX_DEPTH): number {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= limit; depth += 1) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'object' && item !== null) for (const child of Object.values(item)) next.push(child);
    }
    if (next.length === 0) return depth;
    level = next;
  }
  return limit + 1;
}

/**
 * The value as JSON, or why it is none. Nothing is dropped silently: undefined inside an object is left out as
 * JSON itself does, everything else that JSON would change (NaN, Infinity, functions, BigInt, cycles) is a problem.
 */
export function toJson(value: unknown): { ok: true; value: Json } | { ok: false; problem: string } {
  const ancestors: object[] = [];
  const problem = (at: string, what: string) => new NotJson(`${at === '' ? 'the value' : at} is ${what}`);

  function convert(item: unknown, at: string): Json {
    if (item === null || typeof item === 'string' || typeof item === 'boolean') return item;
    if (typeof item === 'number') {
      if (!Number.isFinite(item)) throw problem(at, `${item}, which JSON cannot express`);
      return Object.is(item, -0) ? 0 : item;
    }
    if (item instanceof Date) return item.toISOString();
    if (typeof item !== 'object') throw problem(at, `of type ${typeof item}, which JSON cannot express`);
    if (ancestors.includes(item)) throw problem(at, 'a cycle');
    if (ancestors.length >= MAX_DEPTH) throw problem(at, `nested deeper than ${MAX_DEPTH} levels`);
    ancestors.push(item);
    const converted = Array.isArray(item)
      ? Array.from(item, (child, index) => convert(child === undefined ? null : child, `${at}/${index}`))
      : convertObject(item, at);
    ancestors.pop();
    return converted;
  }

  function convertObject(item: object, at: string): JsonObject {
    const prototype: unknown = Object.getPrototypeOf(item);
    // By constructor name, because objects from a worker or another realm have their own Object.
    const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (!plain) throw problem(at, `a ${item.constructor.name}, which JSON cannot express`);
    const result: JsonObject = {};
    for (const [key, child] of Object.entries(item)) {
      if (child === undefined) continue;
      // Plain assignment to __proto__ would set the prototype instead of a key.
      Object.defineProperty(result, key, {
        value: convert(child, `${at}/${key}`),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return result;
  }

  try {
    return { ok: true, value: convert(value, '') };
  } catch (error) {
    if (error instanceof NotJson) return { ok: false, problem: error.message };
    throw error;
  }
}

class NotJson extends Error {}

/** JSON text with sorted keys and no spaces: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (!isJsonObject(item)) return item;
    const sorted: JsonObject = Object.create(null) as JsonObject;
    for (const key of Object.keys(item).sort()) sorted[key] = item[key] as Json;
    return sorted;
  });
}

/** Characters of the JSON text divided by five: the reference's estimate of tokens. */
export function estimateTokens(value: Json): number {
  return Math.floor((typeof value === 'string' ? value : JSON.stringify(value)).length / 5);
}
