import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';

/** The value under a key that the object itself has. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The same when it is a text that is not empty. */
export function ownText(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The same when it is an object; else the empty one. */
export function ownObject(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isJsonObject(value) ? value : {};
}

/** The same when it is a list; else the empty one. */
export function ownList(object: JsonObject, key: string): Json[] {
  const value = own(object, key);
  return Array.isArray(value) ? value : [];
}

/** What the part refers to, if it does. */
export function referenceOf(part: Json | undefined): string | undefined {
  const reference = isJsonObject(part) ? own(part, '$ref') : undefined;
  return typeof reference === 'string' ? reference : undefined;
}
