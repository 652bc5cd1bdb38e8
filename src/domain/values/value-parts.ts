import { cutText } from './cut-text.js';
import { asText, isJsonObject, type Json, type JsonObject } from './json.js';
import { shortValue } from './short-value.js';

/** Which part of a value is wanted. All that is given holds: the range or the search is of what is at the path. */
export interface WantedPart {
  /** `orders[3].customer`; a key with other characters is `["a key"]`. */
  path?: string | undefined;
  /** `from-to`, counted from 0, without the last: items of a list, else characters of the text. */
  range?: string | undefined;
  /** A text that is looked for, in small or capital letters. */
  search?: string | undefined;
}

/** The text of a part, or why there is none. */
export type FoundPart = { ok: true; text: string } | { ok: false; problem: string };

const BEGINNING = 300;
const MAX_KEYS = 30;
const MAX_PLACES = 20;
/** Characters before and after what was found. */
const AROUND = 100;

/** What a value is, for somebody who does not see it. */
export function describeValue(value: Json): string {
  const text = asText(value);
  if (Array.isArray(value)) {
    const first = value.length === 0 ? '' : ` The first: ${JSON.stringify(shortValue(value[0] ?? null))}`;
    return `A list of ${value.length} items, ${text.length} characters as JSON.${first}`;
  }
  if (isJsonObject(value)) {
    return `An object, ${text.length} characters as JSON. ${keysOf(value)}\nShortened: ${JSON.stringify(shortValue(value))}`;
  }
  return `A text of ${text.length} characters. It begins: ${cutText(text, BEGINNING)}`;
}

function keysOf(value: JsonObject): string {
  const keys = Object.keys(value);
  const more = keys.length > MAX_KEYS ? `, and ${keys.length - MAX_KEYS} more` : '';
  return `Its keys: ${keys.slice(0, MAX_KEYS).join(', ')}${more}.`;
}

/** A part of a value as text, of at most about `most` characters. */
export function partOf(value: Json, { path = '', range = '', search = '' }: WantedPart, most: number): FoundPart {
  const found = valueAt(value, path);
  if (!found.ok) return found;
  if (search !== '') return { ok: true, text: placesOf(found.value, search, most) };
  const bounds = boundsOf(range);
  if (bounds === undefined) {
    return { ok: false, problem: `${JSON.stringify(range)} is not a range. Write it as "0-100".` };
  }
  return {
    ok: true,
    text: Array.isArray(found.value) ? items(found.value, bounds, most) : slice(found.value, bounds, most),
  };
}

const STEP = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

function valueAt(value: Json, path: string): { ok: true; value: Json } | { ok: false; problem: string } {
  let here = value;
  let at = 0;
  const text = path.trim().replace(/^\$(?=\.|\[|$)/, '');
  while (at < text.length) {
    STEP.lastIndex = at;
    const [, name, index, quoted] = STEP.exec(text) ?? [];
    const key = name ?? index ?? quoted;
    if (key === undefined) return { ok: false, problem: `${path} is not a path. Write it as orders[0].customer.` };
    const next = childOf(here, key);
    if (next === undefined) {
      const inside = text.slice(0, at) === '' ? 'The value' : text.slice(0, at);
      return {
        ok: false,
        problem: `There is nothing at ${path}. ${inside} is this: ${cutText(describeValue(here), 600)}`,
      };
    }
    here = next;
    at = STEP.lastIndex;
  }
  return { ok: true, value: here };
}

function childOf(value: Json, key: string): Json | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function boundsOf(range: string): { from: number; to: number } | undefined {
  if (range.trim() === '') return { from: 0, to: Infinity };
  const [, from, to] = /^\s*(\d+)\s*(?:-|\.\.|,|:)\s*(\d*)\s*$/.exec(range) ?? [];
  if (from === undefined) return undefined;
  return { from: Number(from), to: to === '' ? Infinity : Number(to) };
}

function slice(value: Json, { from, to }: { from: number; to: number }, most: number): string {
  const text = asText(value);
  const end = Math.min(to, from + most, text.length);
  return `[characters ${from}-${Math.max(from, end)} of ${text.length}]\n${text.slice(from, end)}`;
}

/** As many as there is room for; of an item that is too long by itself, the beginning. */
function items(list: Json[], { from, to }: { from: number; to: number }, most: number): string {
  const lines: string[] = [];
  let left = most;
  let next = from;
  for (; next < Math.min(to, list.length); next += 1) {
    const line = `${next}: ${JSON.stringify(list[next])}`;
    if (line.length > left && lines.length > 0) break;
    lines.push(cutText(line, most));
    left -= line.length + 1;
  }
  return [`[items ${from}-${next} of ${list.length}]`, ...lines].join('\n');
}

function placesOf(value: Json, search: string, most: number): string {
  const wanted = new RegExp(search.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`), 'giu');
  const places: string[] = [];
  let left = most;
  for (const place of typeof value === 'string' ? placesInText(value, wanted) : placesInParts(value, wanted)) {
    if (places.length === MAX_PLACES || left < place.length) {
      places.push('There are more.');
      break;
    }
    places.push(place);
    left -= place.length + 1;
  }
  return places.length === 0 ? `${JSON.stringify(search)} is not in it.` : places.join('\n');
}

function* placesInText(text: string, wanted: RegExp): Generator<string> {
  for (const { index, 0: found } of text.matchAll(wanted)) {
    yield `at character ${index}: ${around(text, index, found.length)}`;
  }
}

function around(text: string, index: number, length: number): string {
  const [from, to] = [Math.max(0, index - AROUND), Math.min(text.length, index + length + AROUND)];
  return `${from === 0 ? '' : '…'}${text.slice(from, to)}${to === text.length ? '' : '…'}`;
}

/** Every key and every plain value that has it, with its path. */
function* placesInParts(value: Json, wanted: RegExp): Generator<string> {
  const pending: [path: string, part: Json][] = [['', value]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, part] = next;
    if (typeof part !== 'object' || part === null) {
      const [first] = asText(part).matchAll(wanted);
      if (first !== undefined) yield `${path}: ${around(asText(part), first.index, first[0].length)}`;
      continue;
    }
    const inside = Object.entries(part).map(([key, child]): [string, Json, string] => [
      key,
      child,
      pathTo(path, part, key),
    ]);
    if (!Array.isArray(part)) {
      for (const [key, , at] of inside) if (key.search(wanted) !== -1) yield `${at} is a key`;
    }
    pending.push(...inside.map(([, child, at]): [string, Json] => [at, child]).toReversed());
  }
}

function pathTo(path: string, parent: Json, key: string): string {
  if (Array.isArray(parent)) return `${path}[${key}]`;
  if (!/^[^.[\]"]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
