import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import { printable } from '../domain/values/printable.js';

/** A line that does not end is passed on in pieces of this many characters. */
const LONGEST_LINE = 65_536;

const MORE = '… (what it prints from here on is not shown)\n';

export interface PrintOptions {
  /** Sees lines before they are passed on. */
  redact?: (text: string) => string;
  /** Roughly how many characters are passed on, before a line that says that there is more. Default: all. */
  most?: number;
}

/**
 * Passes on what a program writes to a stream: whole lines as far as that can be, with every character that acts or
 * hides made visible. The program waits while `print` does.
 */
export function printLines(
  stream: Readable,
  print: (text: string) => Promise<void>,
  { redact = (text) => text, most = Infinity }: PrintOptions = {},
): void {
  const decoder = new StringDecoder('utf8');
  let waiting = '';
  let left = most;
  const passOn = (text: string) => print(printable(redact(text.replaceAll('\r\n', '\n'))));
  stream.on('data', (bytes: Buffer) => {
    if (left <= 0) return;
    waiting += decoder.write(bytes);
    const end = waiting.length > LONGEST_LINE ? waiting.length : waiting.lastIndexOf('\n') + 1;
    if (end === 0) return;
    left -= end;
    const lines = waiting.slice(0, end) + (left > 0 ? '' : MORE);
    waiting = left > 0 ? waiting.slice(end) : '';
    stream.pause();
    void passOn(lines).finally(() => stream.resume());
  });
  // 'close' comes after 'end', and without it when the program's pipes are cut.
  stream.once('close', () => {
    const rest = left > 0 ? waiting + decoder.end() : '';
    if (rest !== '') void passOn(`${rest}\n`);
  });
}

/** The end of what a program writes to a stream, for a message about it. */
export class LastWords {
  readonly #most: number;
  #text = '';

  /** Keeps the last `most` characters. A program that did not start has no stream. */
  constructor(stream: Readable | null, most: number) {
    this.#most = most;
    const decoder = new StringDecoder('utf8');
    stream?.on('data', (bytes: Buffer) => {
      // Without half of a character.
      this.#text = (this.#text + decoder.write(bytes)).slice(-this.#most).replace(/^[\uDC00-\uDFFF]/, '');
    });
  }

  get text(): string {
    return this.#text;
  }
}

const MOST_LINES = 5;

/** The last lines that a program wrote, for a message. Where Node reports an error that nothing caught: that error. */
export function lastLines(written: string): string {
  const lines = written.trim().split('\n');
  return (uncaughtOf(lines) ?? lines.slice(-MOST_LINES)).join('\n').trim();
}

/** Node writes the place, the error, its stack and its version. */
function uncaughtOf(lines: readonly string[]): string[] | undefined {
  if (!/^Node\.js v\d/.test(lines.at(-1) ?? '')) return undefined;
  const start = lines.findLastIndex((line) => /^\[?\w*(?:Error|Rejection)\b/.test(line));
  if (start < 0) return undefined;
  const length = lines.slice(start).findIndex((line) => /^$|^\s+at |^Node\.js v/.test(line));
  return lines.slice(start, start + Math.min(length, MOST_LINES));
}
