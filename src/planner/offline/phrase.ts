import { quote } from './pieces.js';
import { OfflineRefusal, type Token } from './tokens.js';

/** The tokens of one part of a request, read from left to right. */
export class Phrase {
  readonly #tokens: Token[];
  readonly #end: number;
  #at = 0;

  /** `end` is the offset in the query where the part ends: what is missing is missing there. */
  constructor(tokens: Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  get isDone(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  take(): Token | undefined {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Takes the words of the first spelling that comes next; says whether one did. */
  takeWords(...spellings: string[]): boolean {
    return spellings.some((spelling) => {
      const words = spelling.split(' ');
      const found = words.every((word, index) => wordOf(this.#tokens[this.#at + index]) === word);
      if (found) this.#at += words.length;
      return found;
    });
  }

  takeMark(mark: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'mark' || token.text !== mark) return false;
    this.#at += 1;
    return true;
  }

  /** Takes everything that has not been read. */
  takeRest(): Token[] {
    const rest = this.#tokens.slice(this.#at);
    this.#at = this.#tokens.length;
    return rest;
  }

  /** Takes everything before the last of these words, and that word; undefined when none of them comes. */
  takeUntilLast(words: ReadonlySet<string>): Token[] | undefined {
    const index = this.#tokens.findLastIndex((token) => words.has(wordOf(token) ?? ''));
    if (index < this.#at) return undefined;
    const before = this.#tokens.slice(this.#at, index);
    this.#at = index + 1;
    return before;
  }

  expectEnd(): void {
    const token = this.peek();
    if (token !== undefined) this.refuse(`${quote(token.text)} does not fit here`);
  }

  refuse(why: string): never {
    throw new OfflineRefusal(why, this.peek()?.start ?? this.#end);
  }
}

/** The token as a word of the grammar, in lower case; undefined for quoted text and punctuation. */
export function wordOf(token: Token | undefined): string | undefined {
  return token?.kind === 'plain' ? token.text.toLowerCase().replace('’', "'") : undefined;
}
