import { describeThrown } from './thrown.js';

/** Any value that survives a JSON file unchanged. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A JSON Schema document (draft 2020-12 or 7). */
export type JsonSchema = JsonObject;

/** Deepest nesting that portia reads or writes; recursion over anything deeper could exhaust the stack. */
export const MAX_DEPTH = 256;

/** The value of a JSON text; undefined when it is not JSON. For a text that a person wrote: `documents/parse-json`. */
export function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a list, without its other items; none for what is not a list. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** How deep the value nests, counted without recursion; stops counting at `limit` + 1. */
export function depthOf(value: unknown, limit: number = MAX_DEPTH): number {
  // A set, because an object that is reached on several ways (or through itself) counts once a level.
  let level = new Set<unknown>([value]);
  for (let depth = 0; depth <= limit; depth += 1) {
    let isDeeper = false;
    const next = new Set<unknown>();
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      for (const child of Object.values(item)) {
        isDeeper = true;
        if (typeof child === 'object' && child !== null) next.add(child);
      }
    }
    if (!isDeeper) return depth;
    level = next;
  }
  return limit + 1;
}

/** Whether a value that was read from JSON nests deeper than so many levels. Recursion ends there. */
export function isDeeperThan(levels: number, value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const items = Array.isArray(value) ? value : Object.values(value);
  if (levels === 0) return items.length > 0;
  for (const item of items) {
    if (typeof item === 'object' && isDeeperThan(levels - 1, item)) return true;
  }
  return false;
}

/** Characters of the JSON text, roughly; stops counting at the limit. */
export function roughLength(value: unknown, limit: number): number {
  let length = roughLengthOfOne(value);
  const pending: unknown[] = [value];
  while (pending.length > 0 && length < limit) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null) continue;
    const isList = Array.isArray(item);
    const children: unknown[] = isList ? item : Object.values(item);
    if (!isList) for (const key of Object.keys(item)) length += key.length;
    for (const child of children) {
      length += roughLengthOfOne(child);
      if (typeof child === 'object' && child !== null) pending.push(child);
      if (length >= limit) return limit;
    }
  }
  return Math.min(length, limit);
}

function roughLengthOfOne(value: unknown): number {
  return typeof value === 'string' ? value.length + 2 : 4;
}

/** Values in one value. More cannot be written as one text, and objects that share parts may count as billions. */
const MAX_VALUES = 10_000_000;

/**
 * The value as JSON, or why it has none; never throws. Nothing is dropped silently: undefined inside an object is left
 * out as JSON itself does, everything else that JSON would change (NaN, Infinity, functions, BigInt, cycles) is a
 * problem. The result shares nothing with the value.
 */
export function toJson(value: unknown): { ok: true; value: Json } | { ok: false; problem: string } {
  try {
    return { ok: true, value: convert(value, { ancestors: [], keys: [], count: 0 }) };
  } catch (error) {
    return { ok: false, problem: asNotJson(error).message };
  }
}

/** A part of a value that JSON cannot express. */
export interface NotJsonPart {
  /** JSON pointer into the value. */
  at: string;
  /** The whole sentence, without a stop: `/x is NaN, which JSON cannot express`. */
  problem: string;
}

/** As many as a person reads; a value with shared parts may have millions. */
const MAX_PARTS = 100;

/** As `toJson`, with null in the place of every part that is not JSON. */
export function toJsonWithNulls(value: unknown): { value: Json; parts: NotJsonPart[] } {
  const parts: NotJsonPart[] = [];
  try {
    return { value: convert(value, { ancestors: [], keys: [], count: 0, parts }), parts };
  } catch (error) {
    const { at, message: problem } = asNotJson(error);
    return { value: null, parts: [...parts, { at, problem }] };
  }
}

class NotJson extends Error {
  readonly at: string;

  constructor(at: string, what: string) {
    super(`${at === '' ? 'the value' : at} ${what}`);
    this.at = at;
  }
}

/** Getters and proxies run code of their own, which throws what it likes. */
function asNotJson(error: unknown): NotJson {
  return error instanceof NotJson ? error : new NotJson('', `cannot be read: ${describeThrown(error)}`);
}

interface Conversion {
  ancestors: object[];
  /** Those that lead to the part that is looked at. */
  keys: (string | number)[];
  count: number;
  /** Where parts that are not JSON are reported; without it the first one is thrown. */
  parts?: NotJsonPart[];
}

function convert(item: unknown, state: Conversion): Json {
  const { ancestors, keys, parts } = state;
  const [depth, place] = [ancestors.length, keys.length];
  try {
    return convertPart(item, state);
  } catch (error) {
    if (!(error instanceof NotJson) || parts === undefined || parts.length >= MAX_PARTS || state.count > MAX_VALUES)
      throw error;
    parts.push({ at: error.at, problem: error.message });
    ancestors.length = depth;
    keys.length = place;
    return null;
  }
}

function convertPart(item: unknown, state: Conversion): Json {
  state.count += 1;
  refuseMoreThanMany(state.count);
  if (item === null || typeof item === 'string' || typeof item === 'boolean') return item;
  if (typeof item === 'number') {
    if (!Number.isFinite(item)) throw notJson(state, `is ${item}, which JSON cannot express`);
    return Object.is(item, -0) ? 0 : item;
  }
  if (typeof item !== 'object') throw notJson(state, `is of type ${typeof item}, which JSON cannot express`);
  if (item instanceof Date) return convertDate(item, state);
  const { ancestors } = state;
  if (ancestors.includes(item)) throw notJson(state, 'is a cycle');
  if (ancestors.length >= MAX_DEPTH) throw notJson(state, `is nested deeper than ${MAX_DEPTH} levels`);
  ancestors.push(item);
  const converted = Array.isArray(item) ? convertList(item, state) : convertObject(item, state);
  ancestors.pop();
  return converted;
}

function notJson({ keys }: Conversion, what: string): NotJson {
  return new NotJson(keys.map((key) => `/${escapePointer(String(key))}`).join(''), what);
}

function refuseMoreThanMany(count: number): void {
  if (count > MAX_VALUES) throw new NotJson('', `is made of more than ${MAX_VALUES.toLocaleString('en')} values`);
}

function convertDate(date: Date, state: Conversion): Json {
  if (Number.isNaN(date.getTime())) throw notJson(state, 'is an invalid Date, which JSON cannot express');
  return date.toISOString();
}

function convertList(list: unknown[], state: Conversion): Json[] {
  refuseMoreThanMany(state.count + list.length);
  const result: Json[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const child = list[index];
    result.push(convertChild(child === undefined ? null : child, index, state));
  }
  return result;
}

function convertObject(item: object, state: Conversion): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(item);
  // By its place, because objects from a worker or another realm have their own Object.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!plain) throw notJson(state, `is a ${className(prototype)}, which JSON cannot express`);
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(item)) {
    if (child !== undefined) setOwn(result, key, convertChild(child, key, state));
  }
  return result;
}

function convertChild(child: unknown, key: string | number, state: Conversion): Json {
  state.keys.push(key);
  const converted = convert(child, state);
  state.keys.pop();
  return converted;
}

function className(prototype: unknown): string {
  const made: unknown = (prototype as { constructor?: unknown }).constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'class instance';
}

/** Sets a key of the record itself: plain assignment to `__proto__` would set the prototype instead. */
export function setOwn<Value>(record: Record<string, Value>, key: string, value: Value): void {
  if (key !== '__proto__') record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true });
}

/** JSON text with sorted keys and no spaces: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  // A function for each value would keep V8 from its fast way to write JSON.
  return JSON.stringify(inSortedOrder(value));
}

/** The value itself where all keys stand in order already. */
function inSortedOrder(value: unknown): unknown {
  if (Array.isArray(value)) return itemsInOrder(value);
  if (!isJsonObject(value) || typeof value['toJSON'] === 'function') return value;
  const keys = Object.keys(value);
  let isChanged = !isInOrder(keys);
  if (isChanged) keys.sort();
  // With loops alone, because every event and every snapshot comes through here.
  const items: unknown[] = [];
  for (const key of keys) {
    const item = value[key];
    const ordered = typeof item === 'object' ? inSortedOrder(item) : item;
    isChanged ||= ordered !== item;
    items.push(ordered);
  }
  if (!isChanged) return value;
  const sorted: Record<string, unknown> = {};
  for (let place = 0; place < keys.length; place += 1) setOwn(sorted, keys[place] ?? '', items[place]);
  return sorted;
}

function itemsInOrder(list: unknown[]): unknown[] {
  let isChanged = false;
  const items: unknown[] = [];
  for (const item of list) {
    const ordered = typeof item === 'object' ? inSortedOrder(item) : item;
    isChanged ||= ordered !== item;
    items.push(ordered);
  }
  return isChanged ? items : list;
}

function isInOrder(keys: readonly string[]): boolean {
  for (let place = 1; place < keys.length; place += 1) {
    if ((keys[place - 1] ?? '') > (keys[place] ?? '')) return false;
  }
  return true;
}

/** The object with its keys in the order that its canonical JSON has them in. */
export function withSortedKeys(item: JsonObject): JsonObject {
  const sorted: JsonObject = Object.create(null);
  for (const key of Object.keys(item).sort()) {
    const value = item[key];
    // A type may lie: what a record has no value for is left out, as JSON does.
    if (value !== undefined) sorted[key] = value;
  }
  return sorted;
}

/** Text stays text; everything else is written as JSON. */
export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Characters for a token: the Python SDK's estimate. */
const CHARACTERS_PER_TOKEN = 5;

/** How many tokens a text has, by estimate. */
export function tokensOfText(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Whether a value's text has more tokens than `most`, by estimate; the text of a huge one is not made. */
export function hasMoreTokens(value: Json, most: number): boolean {
  const least = (most + 1) * CHARACTERS_PER_TOKEN;
  // No text is so much shorter than its rough length.
  if (roughLength(value, 4 * least) >= 4 * least) return true;
  return asText(value).length >= least;
}

/** One reference token of a JSON pointer (RFC 6901). */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
