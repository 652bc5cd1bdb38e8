import { jsonOf, type Json } from './json.js';

// A number is a double: above 2^53 not every whole number is one, and JSON.parse takes the nearest without a word.

/** The problem of such a number, as a clause. */
export const TOO_MANY_DIGITS = 'has more digits than a number can keep';

/** The message about it where a person wrote it. */
export const WRITE_IN_QUOTES = `this whole number ${TOO_MANY_DIGITS}: write it in quotes`;

/** Fewer digits always fit. */
const MANY_DIGITS = /\d{16}/;

/** Texts, so that digits in them are passed over, and numbers. */
const JSON_PART = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Long whole numbers, also with zeros behind the point, and in hexadecimal and octal digits, as YAML writes them. */
const LONG = /^(?:-?\d{16,}(?:\.0+)?|0x[\da-f]{14,}|0o[0-7]{18,})$/i;

/** Whether a number, as it is written, is whole and would become another one. */
export function isUnsafeWholeNumber(written: string): boolean {
  if (!LONG.test(written)) return false;
  const digits = written.replace(/\.0+$/, '');
  const number = Number(digits);
  // A number that is written back with the same digits was not changed.
  if (String(number) === digits) return false;
  return !Number.isFinite(number) || BigInt(number) !== BigInt(digits);
}

/** Where valid JSON has such a number; undefined when it has none. */
export function unsafeWholeNumberIn(json: string): { written: string; offset: number } | undefined {
  if (!MANY_DIGITS.test(json)) return undefined;
  for (const part of json.matchAll(JSON_PART)) {
    if (isUnsafeWholeNumber(part[0])) return { written: part[0], offset: part.index };
  }
  return undefined;
}

/** The value of a JSON text; undefined when it is not JSON, or has such a number. */
export function exactJsonOf(text: string): Json | undefined {
  return unsafeWholeNumberIn(text) === undefined ? jsonOf(text) : undefined;
}

/** Data from elsewhere, and the first of its numbers that became a text. */
export interface KeptDigits {
  value: Json;
  first?: string | undefined;
}

/** The value of JSON from elsewhere, in which each such number is a text: its digits are kept. Throws when it is not JSON. */
export function parseKeepingDigits(json: string): KeptDigits {
  if (!MANY_DIGITS.test(json)) return { value: JSON.parse(json) };
  let first: string | undefined;
  const safe = json.replaceAll(JSON_PART, (part) => {
    if (!isUnsafeWholeNumber(part)) return part;
    first ??= part;
    return `"${part}"`;
  });
  return { value: JSON.parse(safe), first };
}

/** The same; undefined when the text is not JSON. */
export function keptDigitsOf(text: string): KeptDigits | undefined {
  try {
    return parseKeepingDigits(text);
  } catch {
    return undefined;
  }
}

/** The warning about numbers that became texts. `what` begins the sentence: a file, a reply. */
export function digitsKept(what: string, first: string): string {
  const about = 'so numbers of more digits than a number can keep are texts';
  return `${what} has the number ${first}; its digits are kept, ${about}.`;
}
