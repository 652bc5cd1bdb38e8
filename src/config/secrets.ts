import { isJsonObject, type Json, type JsonObject } from '../domain/json.js';

export interface Secret {
  /** Stands in the place of the value: the name of its variable. */
  name: string;
  value: string;
}

export interface Redactor {
  text(text: string): string;
  /** A copy in which names and texts at any depth are redacted. */
  json(value: Json): Json;
}

/**
 * Takes secrets out of everything that is printed or stored: as they are, and written as Base64 (also inside a longer
 * text), hexadecimal, in a URL or in JSON. Values under 6 characters and plain words such as `ollama` are left
 * alone: they protect nothing, and texts would be mangled.
 */
export function redactor(secrets: readonly Secret[]): Redactor {
  const names = new Map<string, string>();
  for (const secret of secrets.filter(({ value }) => isWorthHiding(value))) {
    for (const spelling of spellings(secret.value)) if (!names.has(spelling)) names.set(spelling, secret.name);
  }
  if (names.size === 0) return { text: (text) => text, json: (value) => value };
  // The longest first, so that no part of a longer spelling stays behind.
  const longestFirst = [...names.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
  const text = (given: string) => given.replace(pattern, (found) => `[${names.get(found) ?? 'secret'}]`);
  return { text, json: (value) => redactJson(value, text) };
}

/** A redactor that learns of secrets while it is in use: from then on they are taken out, too. */
export interface LiveRedactor extends Redactor {
  add(secret: Secret): void;
}

/** `first` gives the secrets that are known from the beginning, when they are first needed. */
export function liveRedactor(first: () => Secret[]): LiveRedactor {
  let secrets: Secret[] | undefined;
  let made: Redactor | undefined;
  const added: Secret[] = [];
  const current = (): Redactor => {
    secrets ??= first();
    made ??= redactor([...secrets, ...added]);
    return made;
  };
  return {
    text: (text) => current().text(text),
    json: (value) => current().json(value),
    add(secret) {
      if (added.some(({ name, value }) => name === secret.name && value === secret.value)) return;
      added.push(secret);
      made = undefined;
    },
  };
}

function redactJson(value: Json, text: (text: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => redactJson(item, text));
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    // Plain assignment to __proto__ would set the prototype instead of a key.
    Object.defineProperty(result, freeName(result, text(key)), {
      value: redactJson(item, text),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

// Two names may become the same one; neither value is dropped.
function freeName(object: JsonObject, name: string): string {
  let free = name;
  for (let count = 2; Object.hasOwn(object, free); count += 1) free = `${name} ${count}`;
  return free;
}

function isWorthHiding(value: string): boolean {
  return value.length >= 6 && !/^[a-z]{1,12}$/.test(value);
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
    ].filter((spelling) => spelling.length >= 6),
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
