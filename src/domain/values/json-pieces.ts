import { canonicalJson, isJsonObject, roughLength, withSortedKeys } from './json.js';

/** Characters of a piece, roughly: few enough to cost nothing, and enough not to be many. */
const PIECE = 256 * 1024;

/** Whether the text of a value is long enough to be made in pieces. */
export function isLong(value: unknown): boolean {
  return typeof value === 'string' ? value.length > PIECE : roughLength(value, PIECE) >= PIECE;
}

/**
 * The JSON text of a value in pieces, none of which ends inside of a character: joined they are what `JSON.stringify`
 * gives, or with `isSorted` the canonical JSON. So a huge value is written without a second copy of it.
 */
export function* jsonPieces(value: unknown, isSorted = false): Generator<string> {
  if (!isLong(value)) yield plainJson(value, isSorted);
  else if (typeof value === 'string') yield* textPieces(value);
  else if (Array.isArray(value)) yield* memberPieces(listMembers(value), { open: '[', close: ']', isSorted });
  else if (isJsonObject(value)) {
    const object = isSorted ? withSortedKeys(value) : value;
    yield* memberPieces(objectMembers(object), { open: '{', close: '}', isSorted });
  }
}

/** The first characters of the JSON text, at least as many as `most` where there are so many. */
export function beginningOfJson(value: unknown, most: number): string {
  let text = '';
  for (const piece of jsonPieces(value)) {
    text += piece;
    if (text.length >= most) break;
  }
  return text;
}

/** As JSON writes it inside a list: what is not JSON becomes null. */
function plainJson(value: unknown, isSorted: boolean): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  const text: string | undefined = isSorted ? canonicalJson(value) : JSON.stringify(value);
  return text ?? 'null';
}

interface Member {
  /** What comes before the value. */
  head: string;
  value: unknown;
}

function* listMembers(list: readonly unknown[]): Generator<Member> {
  for (const value of list) yield { head: '', value };
}

function* objectMembers(object: object): Generator<Member> {
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) yield { head: `${JSON.stringify(key)}:`, value };
  }
}

function* memberPieces(
  members: Iterable<Member>,
  { open, close, isSorted }: { open: string; close: string; isSorted: boolean },
): Generator<string> {
  let pending = open;
  let separator = '';
  for (const { head, value } of members) {
    pending += separator + head;
    separator = ',';
    if (isLong(value)) {
      yield pending;
      pending = '';
      yield* jsonPieces(value, isSorted);
    } else {
      pending += plainJson(value, isSorted);
      if (pending.length < PIECE) continue;
      yield pending;
      pending = '';
    }
  }
  yield pending + close;
}

const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function* textPieces(text: string): Generator<string> {
  yield '"';
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start);
    const piece = text.slice(start, end);
    yield NEEDS_ESCAPE.test(piece) ? JSON.stringify(piece).slice(1, -1) : piece;
    start = end;
  }
  yield '"';
}

/** Half of a character would be written as one that is broken. */
function endOfPiece(text: string, start: number): number {
  const end = Math.min(start + PIECE, text.length);
  const last = text.charCodeAt(end - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff && end < text.length;
  return isHalf ? end - 1 : end;
}
