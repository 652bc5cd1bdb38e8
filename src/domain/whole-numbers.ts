// A number is a double: above 2^53 not every whole number is one, and JSON.parse takes the nearest without a word.

/** What is said of such a number where a person wrote it. */
export const WRITE_IN_QUOTES = 'this whole number has more digits than a number can keep: write it in quotes';

/** Fewer digits always fit. */
const MANY_DIGITS = /\d{16}/;

/** Texts, so that digits in them are passed over, and numbers. */
const JSON_PART = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Whether a number, as it is written, is whole and would become another one. */
export function isUnsafeWholeNumber(written: string): boolean {
  if (!/^-?\d{16,}$/.test(written)) return false;
  const number = Number(written);
  // What is written back with the same digits was not changed.
  if (String(number) === written) return false;
  return !Number.isFinite(number) || BigInt(number) !== BigInt(written);
}

/** Where valid JSON has such a number; undefined when it has none. */
export function unsafeWholeNumberIn(json: string): { written: string; offset: number } | undefined {
  if (!MANY_DIGITS.test(json)) return undefined;
  for (const part of json.matchAll(JSON_PART)) {
    if (isUnsafeWholeNumber(part[0])) return { written: part[0], offset: part.index };
  }
  return undefined;
}

/** Valid JSON in which each such number is a text, so that data from elsewhere keeps its digits; and how many there are. */
export function keepWholeNumbers(json: string): { json: string; kept: number } {
  if (!MANY_DIGITS.test(json)) return { json, kept: 0 };
  let kept = 0;
  const safe = json.replaceAll(JSON_PART, (part) => {
    if (!isUnsafeWholeNumber(part)) return part;
    kept += 1;
    return `"${part}"`;
  });
  return { json: safe, kept };
}
