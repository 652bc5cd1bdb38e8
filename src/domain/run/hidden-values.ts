import { isJsonObject, type Json } from '../values/json.js';
import { isProgramName } from '../values/program-name.js';

/** What stands for a value inside a sentence. */
const MARK = '[redacted]';

/** Of a longer text its beginning is enough to find it: messages cut texts. */
const BEGINNING = 16;

/** A shorter text, and a number, is looked for as a word only: it may be a part of any other. */
const SHORTEST_PART = 4;

/** Single digits and letters say nothing of a person, and are in every sentence. */
const SHORTEST = 2;

/** Servers refuse longer addresses. */
const LONGEST_IN_ADDRESS = 8000;

/** The texts and numbers of a run's data, which are taken out of sentences about it, in whatever case. */
export class HiddenValues {
  readonly #short = new Set<string>();
  readonly #words = new Set<string>();
  /** Longer texts by their beginnings. */
  readonly #long = new Map<string, Set<string>>();

  /**
   * Adds every text and number in a value, and the keys that may be data: of totals by person, the persons. Of a text with
   * several lines each is looked for, too.
   */
  add(value: Json): void {
    const pending = [value];
    for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
      if (typeof item === 'number') this.#words.add(String(Math.abs(item)));
      else if (typeof item === 'string') for (const text of spellingsOf(item)) this.#addText(text);
      else if (Array.isArray(item)) for (const part of item) pending.push(part);
      else if (isJsonObject(item)) {
        for (const [key, part] of Object.entries(item)) pending.push(part, ...(isProgramName(key) ? [] : [key]));
      }
    }
  }

  #addText(spelling: string): void {
    const text = folded(spelling);
    if (text.length < SHORTEST_PART) this.#words.add(text);
    else if (text.length < BEGINNING) this.#short.add(text);
    else {
      const beginning = text.slice(0, BEGINNING);
      const same = this.#long.get(beginning);
      if (same === undefined) this.#long.set(beginning, new Set([text]));
      else same.add(text);
    }
  }

  /** The sentence with a mark in place of what is data. */
  hide(sentence: string): string {
    const text = folded(sentence);
    let hidden = '';
    let at = 0;
    while (at < sentence.length) {
      const length = this.#lengthAt(text, at);
      hidden += length === 0 ? sentence.charAt(at) : MARK;
      at += Math.max(1, length);
    }
    return hidden;
  }

  /** How long the data is that begins at this place; 0 where none does. */
  #lengthAt(sentence: string, at: number): number {
    const long = this.#long.get(sentence.slice(at, at + BEGINNING)) ?? [];
    const whole = [...long].reduce((most, text) => Math.max(most, commonLength(sentence, at, text)), 0);
    if (whole > 0) return whole;
    for (let length = BEGINNING - 1; length >= SHORTEST; length -= 1) {
      const part = sentence.slice(at, at + length);
      if (part.length < length) continue;
      if (this.#short.has(part)) return length;
      if (this.#words.has(part) && isWord(sentence, at, length)) return length;
    }
    return 0;
  }
}

/** The text as sentences may have it: whole, by lines, as JSON writes it, and as addresses do. */
function spellingsOf(text: string): string[] {
  const lines = [text, ...text.split('\n')].map((line) => line.trim());
  const spellings = lines.flatMap((line) => [line, JSON.stringify(line).slice(1, -1), ...inAddresses(line)]);
  return [...new Set(spellings)].filter((spelling) => spelling.length >= SHORTEST);
}

/** In a path, and in a query. */
function inAddresses(text: string): string[] {
  if (text.length > LONGEST_IN_ADDRESS) return [];
  const inPath = encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\uFFFD'));
  return [inPath, inPath.replaceAll('%20', '+')];
}

/** In lower case, as long as it was. */
function folded(text: string): string {
  return text.replaceAll(/\p{Lu}/gu, (letter) => {
    const lower = letter.toLowerCase();
    return lower.length === letter.length ? lower : letter;
  });
}

function commonLength(sentence: string, at: number, text: string): number {
  let length = 0;
  while (length < text.length && sentence[at + length] === text[length]) length += 1;
  return length;
}

function isWord(sentence: string, at: number, length: number): boolean {
  const around = sentence.slice(Math.max(0, at - 1), at) + sentence.slice(at + length, at + length + 1);
  return !/[\p{L}\p{N}_]/u.test(around);
}
