import { isJsonObject, type Json } from './json.js';
import { isProgramName } from './program-name.js';
import { safeEnd, type Beginning } from './redacted-beginning.js';

export interface Secret {
  /** Put in brackets in place of the value: the name of its variable. */
  name: string;
  value: string;
  /**
   * Put there as it is, for a value that somebody said is a secret: it is hidden from 4 characters on, and a shorter
   * one only where a whole text is nothing else.
   */
  shown?: string | undefined;
}

export interface Redactor {
  text(text: string): string;
  /** A copy in which names and texts at any depth are redacted. */
  json<Value>(value: Value): Value;
  /** The same as `text` for a text of which more comes; `isFirst`: nothing of it was taken before. */
  beginning(text: string, isFirst: boolean): Beginning;
}

/**
 * Takes secrets out of everything that is printed or stored: as they are, and written as Base64 (also inside a longer
 * text), hexadecimal, in a URL or in JSON. Values under 6 characters and plain words such as `ollama` are left
 * alone, unless somebody said that they are secrets: they protect nothing, and texts would be mangled.
 */
export function redactor(secrets: readonly Secret[]): Redactor {
  const inside = new Map<string, string>();
  /** What is hidden only where it is a whole text or number. */
  const whole = new Map<string, string>();
  const add = (names: Map<string, string>, spelling: string, shown: string) => {
    if (!names.has(spelling)) names.set(spelling, shown);
  };
  for (const { name, value, shown = `[${name}]` } of secrets.filter(isHidden)) {
    add(whole, value, shown);
    for (const spelling of spellings(value)) add(inside, spelling, shown);
  }
  if (whole.size === 0) {
    return { text: (text) => text, json: (value) => value, beginning: (text) => ({ text, rest: '' }) };
  }
  const pattern = patternOf(inside);
  const replace = (given: string) => given.replace(pattern, (found) => inside.get(found) ?? '[secret]');
  const text = (given: string) => whole.get(given) ?? replace(given);
  return {
    text,
    json: (value) => redactJson(value, { text, number: (given) => whole.get(String(given)) }),
    beginning(given, isFirst) {
      if (isFirst && [...whole.keys()].some((value) => value.startsWith(given))) return { text: '', rest: given };
      const end = safeEnd(given, inside, pattern);
      return { text: replace(given.slice(0, end)), rest: given.slice(end) };
    },
  };
}

function patternOf(names: ReadonlyMap<string, string>): RegExp {
  if (names.size === 0) return /(?!)/g;
  // The longest first, so that no part of a longer spelling stays behind.
  const longestFirst = [...names.keys()].toSorted((one, other) => other.length - one.length);
  return new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
}

/** A redactor that learns of secrets while it is in use: from then on they are taken out, too. */
export interface LiveRedactor extends Redactor {
  add(secret: Secret): void;
  /** From now on a value that was added protects nothing: people must see it. */
  show(value: string): void;
  /**
   * Hides every text and number in a value that somebody said is a secret, until the function that it gives is called.
   */
  hide(name: string, value: Json): () => void;
}

/** `first` gives the secrets that are known from the beginning, when they are first needed. */
export function liveRedactor(first: () => Secret[]): LiveRedactor {
  let secrets: Secret[] | undefined;
  let made: Redactor | undefined;
  const added: Secret[] = [];
  const shown = new Set<string>();
  const hidden = new Set<Secret[]>();
  const current = (): Redactor => {
    secrets ??= first();
    made ??= redactor([...[...hidden].flat(), ...secrets, ...added.filter(({ value }) => !shown.has(value))]);
    return made;
  };
  return {
    text: (text) => current().text(text),
    json: (value) => current().json(value),
    beginning: (text, isFirst) => current().beginning(text, isFirst),
    add(secret) {
      if (added.some(({ name, value }) => name === secret.name && value === secret.value)) return;
      added.push(secret);
      made = undefined;
    },
    show(value) {
      if (shown.has(value)) return;
      shown.add(value);
      made = undefined;
    },
    hide(name, value) {
      const own = leavesOf(value).map((leaf) => ({ name, value: leaf, shown: name }));
      hidden.add(own);
      made = undefined;
      return () => {
        if (hidden.delete(own)) made = undefined;
      };
    },
  };
}

/** The texts and numbers in a value, and the keys that may be such. A line end that came with a text from a file is not a part of the secret. */
function leavesOf(value: Json): string[] {
  if (typeof value === 'string') return [...new Set([value, value.trim()])].filter((text) => text !== '');
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [...(isProgramName(key) ? [] : [key]), ...leavesOf(item)]);
}

interface Replacing {
  text(text: string): string;
  number(value: number): string | undefined;
}

// The type of the whole stays: a text for a text at any depth. Only a number that is a secret becomes one.
function redactJson<Value>(value: Value, replacing: Replacing): Value;
function redactJson(value: unknown, replacing: Replacing): unknown {
  if (typeof value === 'string') return replacing.text(value);
  if (typeof value === 'number') return replacing.number(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, replacing));
  if (!isJsonObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // Plain assignment to __proto__ would set the prototype instead of a key.
    Object.defineProperty(result, freeName(result, replacing.text(key)), {
      value: redactJson(item, replacing),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

// Two names may become the same one; neither value is dropped.
function freeName(object: object, name: string): string {
  let free = name;
  for (let count = 2; Object.hasOwn(object, free); count += 1) free = `${name} ${count}`;
  return free;
}

/** Values that are hidden inside of longer texts, from so many characters on. */
const SHORTEST = 6;
const SHORTEST_SAID = 4;

function isHidden({ value, shown }: Secret): boolean {
  return shown !== undefined || (value.length >= SHORTEST && !/^[a-z]{1,12}$/.test(value));
}

function spellings(value: string): Set<string> {
  const bytes = Buffer.from(value, 'utf8');
  const inJson = JSON.stringify(value).slice(1, -1);
  const inUrl = encodeURIComponent(value);
  const inForm = new URLSearchParams([['', value]]).toString().slice(1);
  const hex = bytes.toString('hex');
  return new Set(
    [
      value,
      inJson,
      JSON.stringify(inJson).slice(1, -1),
      asciiJson(value),
      inJson.replaceAll('/', '\\/'),
      inUrl,
      lowerPercent(inUrl),
      inForm,
      lowerPercent(inForm),
      encodeURIComponent(inUrl),
      encodeURI(value),
      hex,
      hex.toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      ...base64Inside(bytes),
    ].filter((spelling) => spelling.length >= (spelling === value ? SHORTEST_SAID : SHORTEST)),
  );
}

// Base64 of a longer text holds the secret's bits at one of three offsets; only the characters that no neighbour
// influences can be looked for.
function base64Inside(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const inside = encoded.slice(first, end);
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function asciiJson(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function lowerPercent(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
