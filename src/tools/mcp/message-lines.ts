import { StringDecoder } from 'node:string_decoder';

/** Cuts what a server writes into lines, each of which is a message. */
export class MessageLines {
  readonly #most: number;
  readonly #decoder = new StringDecoder('utf8');
  #pieces: string[] = [];
  #length = 0;

  /** A line has at most this many characters. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The lines that end in these bytes; undefined when one is too long. */
  add(bytes: Buffer): string[] | undefined {
    const [first = '', ...rest] = this.#decoder.write(bytes).split('\n');
    this.#pieces.push(first);
    this.#length += first.length;
    if (this.#length > this.#most) return undefined;
    if (rest.length === 0) return [];
    const lines = [this.#pieces.join(''), ...rest];
    const last = lines.pop() ?? '';
    this.#pieces = [last];
    this.#length = last.length;
    return lines.some((line) => line.length > this.#most) ? undefined : lines;
  }
}
