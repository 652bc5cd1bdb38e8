import { hash } from 'node:crypto';

import { canonicalJson } from './json.js';

/** SHA-256 of a text or of a value's canonical JSON: 64 lower-case hex digits. */
export function digestText(text: string | Uint8Array): string {
  return hash('sha256', text);
}

export function digestValue(value: unknown): string {
  return digestText(canonicalJson(value));
}
