import { createHash } from 'node:crypto';

import { digestText } from '../domain/values/digest.js';
import type { LogContent } from './event-log.js';
import type { LogBreak } from './store.js';

/** The end of a log, which the next event ties itself to. */
export interface LogChain {
  /** SHA-256 of the last line; undefined before the first. */
  readonly prev: string | undefined;
  /** SHA-256 of every byte so far. */
  digest(): string;
  /** A line that was written, without its line end. */
  add(line: string): void;
}

const NEWLINE_BYTES = 1;

/** Of an empty log, or of one with these bytes, the last line of which begins at `lastStart`. */
export function chainAfter(bytes: Uint8Array = new Uint8Array(), lastStart = 0): LogChain {
  const all = createHash('sha256').update(bytes);
  let prev = bytes.length === 0 ? undefined : digestText(bytes.subarray(lastStart, bytes.length - NEWLINE_BYTES));
  return {
    get prev() {
      return prev;
    },
    digest: () => all.copy().digest('hex'),
    add(line) {
      all.update(`${line}\n`);
      prev = digestText(line);
    },
  };
}

/** The chain of a log that was read. */
export function chainOf({ bytes, starts }: LogContent): LogChain {
  return chainAfter(bytes, starts.at(-1));
}

/**
 * The first break behind event number `from`; undefined when every event is what the next one says of it. A log that an
 * older version began has no `prev` until this version continued it.
 */
export function findBreak(content: LogContent, from = 1): LogBreak | undefined {
  const { events } = content;
  let isTied = events.slice(0, from).some(({ prev }) => prev !== undefined);
  for (const [index, event] of events.entries()) {
    if (index < from) continue;
    const { seq, prev } = event;
    if (prev === undefined && !isTied) continue;
    isTied = true;
    if (prev === undefined) return { seq, why: 'It has no "prev", and the events before it have one.' };
    if (prev !== digestText(lineAt(content, index - 1))) {
      const why = `Its line does not have the SHA-256 that event ${seq} has as "prev": a line was changed, taken out or put in.`;
      return { seq: seq - 1, why };
    }
  }
  return undefined;
}

function lineAt({ bytes, starts }: LogContent, index: number): Uint8Array {
  return bytes.subarray(starts[index], (starts[index + 1] ?? bytes.length) - NEWLINE_BYTES);
}
