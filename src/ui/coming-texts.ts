import { oneLine } from '../domain/values/printable.js';
import type { Look } from './look.js';
import { cutBeginning } from './text-width.js';

/** What models say to the steps under way, as far as it has come. */
export class ComingTexts {
  readonly #look: Look;
  readonly #texts = new Map<string, { end: string; length: number; isJson: boolean }>();

  constructor(look: Look) {
    this.#look = look;
  }

  add({ path, at, text, isJson }: { path: string; at: number; text: string; isJson: boolean }): void {
    const before = at === 0 ? '' : (this.#texts.get(path)?.end ?? '');
    this.#texts.delete(path);
    this.#texts.set(path, { end: (before + text).slice(-MOST_KEPT), length: at + text.length, isJson });
  }

  /** Path of the step that something came for last. */
  get newest(): string | undefined {
    return [...this.#texts.keys()].at(-1);
  }

  forget(path: string): void {
    this.#texts.delete(path);
  }

  /** The end of the text, in at most half of a line; of JSON, how many tokens there are, by estimate. */
  textOf(path: string): string {
    const coming = this.#texts.get(path);
    if (coming === undefined) return '';
    const { end, length, isJson } = coming;
    const { columns, symbols } = this.#look;
    if (isJson) return `${Math.ceil(length / CHARACTERS_PER_TOKEN)} tokens${symbols.ellipsis}`;
    return cutBeginning(oneLine(end), Math.floor(columns / 2), symbols.ellipsis);
  }
}

/** More than a line shows. */
const MOST_KEPT = 1_000;
const CHARACTERS_PER_TOKEN = 4;
