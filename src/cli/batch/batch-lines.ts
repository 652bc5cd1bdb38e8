import { addAbortSignal, type Readable } from 'node:stream';

import type { JsonObject } from '../../domain/values/json.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { otherUnicodeOf } from '../../domain/values/decode-text.js';

/**
 * One line of a batch that is not empty, row of a table or entry of a list: its text, its values by name, or what it `is`
 * or `has`. Numbers count from 1; those of lines, all lines.
 */
export type BatchLine = { number: number; part?: 'row' | 'entry' } & (
  | { text: string }
  | { values: JsonObject }
  | { problem: string }
);

/** Longest line. Values that are larger belong into files. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;

/**
 * The lines of a stream, read as they are asked for, until its end or until the signal is aborted. A line that is too
 * long or not text is given as a problem, and not kept. Rejects with a PortiaError `unreadable` when the stream breaks, or
 * begins as text in UTF-16 or UTF-32.
 */
export async function* readBatchLines(
  stream: Readable,
  { signal, limit = MAX_LINE_BYTES }: { signal: AbortSignal; limit?: number },
): AsyncGenerator<BatchLine> {
  // A reader may be waiting for input that does not come; only closing the input releases it.
  addAbortSignal(signal, stream);
  const current = new LineBuffer(limit);
  let number = 1;
  let isFirst = true;
  try {
    for await (const read of stream) {
      const chunk: Uint8Array = read;
      if (isFirst) refuseOtherUnicode(chunk);
      isFirst = false;
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        current.add(chunk.subarray(start, end));
        start = end + 1;
        const line = current.take(number);
        if (line !== undefined) yield line;
        if (signal.aborted) return;
        number += 1;
      }
      current.add(chunk.subarray(start));
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof PortiaError) throw error;
    throw brokenStream(number, error);
  }
  const line = current.take(number);
  if (line !== undefined) yield line;
}

function refuseOtherUnicode(beginning: Uint8Array): void {
  const other = otherUnicodeOf(beginning);
  if (other !== undefined) throw new PortiaError('unreadable', 'The batch cannot be read.', other);
}

class LineBuffer {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#limit) this.#parts.push(part);
    else this.#parts = [];
  }

  /** What was added as a line; undefined for one of nothing but white space. */
  take(number: number): BatchLine | undefined {
    const [parts, bytes] = [this.#parts, this.#bytes];
    this.#parts = [];
    this.#bytes = 0;
    if (bytes > this.#limit) return { number, problem: `has more than ${this.#limit} bytes.` };
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
      return text.trim() === '' ? undefined : { number, text };
    } catch {
      return { number, problem: 'is not text in UTF-8.' };
    }
  }
}

function brokenStream(number: number, error: unknown): PortiaError {
  return new PortiaError('unreadable', `The batch cannot be read beyond line ${number}.`, {
    why: messageOf(error),
    fix: 'The lines before it were run; give the rest as another batch.',
    cause: error,
  });
}
