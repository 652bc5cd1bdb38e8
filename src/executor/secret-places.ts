import { asText, type Json, type JsonObject } from '../domain/values/json.js';
import { shownSecret } from '../domain/values/secret-values.js';
import type { RunSecrets } from './held-secrets.js';

/** A secret by what finds it in the process that holds it. */
export interface SecretUse {
  handle: string;
  name: string;
}

/** Where a secret is in the arguments of a call. Everything that is recorded or shown has `shown` there. */
export interface SecretPlace {
  /** Keys from the arguments down. */
  path: string[];
  shown: string;
  /** The text with its secrets; one secret alone is its value, whatever its type. */
  parts: (string | SecretUse)[];
}

/** The place at `path` of a text that is made of `parts`. */
export function secretPlace(path: string[], parts: SecretPlace['parts']): SecretPlace {
  const shown = parts.map((part) => (typeof part === 'string' ? part : shownSecret(part.name))).join('');
  return { path, shown, parts };
}

/** The secrets that the places need. */
function usesOf(places: readonly SecretPlace[]): SecretUse[] {
  return places.flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string'));
}

/** Those that this process does not hold. */
export function lostUses(places: readonly SecretPlace[], secrets: RunSecrets): SecretUse[] {
  return usesOf(places).filter(({ handle }) => secrets.find(handle) === undefined);
}

/** The arguments with the values of the secrets; those that are lost stay as they are shown. */
export function withSecrets(args: JsonObject, places: readonly SecretPlace[], secrets: RunSecrets): JsonObject {
  return places.reduce((filled, { path, shown, parts }) => {
    const value = valueOf(parts, secrets);
    return value === undefined ? filled : (replaceAt(filled, path, { from: shown, to: value }) as JsonObject);
  }, args);
}

/** The arguments as they are recorded and shown. */
export function withoutSecrets(args: JsonObject, places: readonly SecretPlace[]): JsonObject {
  return places.reduce((filled, { path, shown }) => replaceAt(filled, path, { to: shown }) as JsonObject, args);
}

/** The places that still hold what was shown there: elsewhere a person wrote other arguments. */
export function placesLeft(args: JsonObject, places: readonly SecretPlace[]): SecretPlace[] {
  return places.filter(({ path, shown }) => valueAt(args, path) === shown);
}

function valueAt(value: Json, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const child = Array.isArray(value) ? value[Number(key)] : value[key];
  return child === undefined ? undefined : valueAt(child, rest);
}

function valueOf(parts: SecretPlace['parts'], secrets: RunSecrets): Json | undefined {
  const values = parts.map((part) => (typeof part === 'string' ? part : secrets.find(part.handle)?.value));
  if (values.length === 1) return values[0];
  return values.includes(undefined) ? undefined : values.map((value) => asText(value ?? null)).join('');
}

/** A copy with another value at a path that exists; `from` is what must stand there. */
function replaceAt(value: Json, path: readonly string[], change: { from?: string; to: Json }): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change.from === undefined || value === change.from ? change.to : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === key ? replaceAt(item, rest, change) : item));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replaceAt(item, rest, change) : item]),
  );
}
