import { createHash, hash } from 'node:crypto';

import { canonicalJson, roughLength, type Json } from './json.js';
import { jsonPieces } from './json-pieces.js';

/** SHA-256 of a text or of a value's canonical JSON: 64 lower-case hex digits. */
export function digestText(text: string | Uint8Array): string {
  return hash('sha256', text);
}

/** A longer text is not made as a whole: it would be there beside the value. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

export function digestValue(value: unknown): string {
  const isLong = roughLength(value, MOST_CHARACTERS) >= MOST_CHARACTERS;
  return isLong ? measure(jsonPieces(value, true)).digest : digestText(canonicalJson(value));
}

/** The JSON of a value as it is written: how long it is, and its SHA-256. */
export interface Measured {
  digest: string;
  bytes: number;
}

export function measureJson(value: Json): Measured {
  return measure(jsonPieces(value));
}

function measure(pieces: Iterable<string>): Measured {
  const sum = createHash('sha256');
  let bytes = 0;
  for (const piece of pieces) {
    const part = Buffer.from(piece);
    bytes += part.length;
    sum.update(part);
  }
  return { digest: sum.digest('hex'), bytes };
}
