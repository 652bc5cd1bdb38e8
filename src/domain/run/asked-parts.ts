import { digestValue } from '../values/digest.js';
import type { Json } from '../values/json.js';

/** What a request to a model is about, apart from portia's own words around it. */
export type AskedPart = 'task' | 'inputs' | 'answers' | 'results' | 'tools' | 'shape';

export type AskedParts = Partial<Record<AskedPart, Json>>;

/** Of each part: the first 12 hex digits of the SHA-256 of its canonical JSON. Empty parts are left out. */
export type AskedDigests = Partial<Record<AskedPart, string>>;

const DIGITS = 12;

export function shortDigest(value: Json): string {
  return digestValue(value).slice(0, DIGITS);
}

export function digestParts(parts: AskedParts): AskedDigests {
  const given = Object.entries(parts).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(given.map(([part, value]) => [part, shortDigest(value)]));
}

function isEmpty(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
