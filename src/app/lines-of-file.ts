import { PortiaError } from '../domain/errors.js';

const NEWLINE = 0x0a;

export interface Line {
  /** Without its end. */
  bytes: Uint8Array;
  /** From 1. */
  number: number;
  /** Only the last one of a file that was cut off has none. */
  hasEnd: boolean;
}

/** The lines of a file that people call `name`. Throws `unreadable` for one of more than `most` bytes. */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  { name, most }: { name: string; most: number },
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield { bytes: Buffer.concat([...parts, chunk.subarray(start, end)]), number, hasEnd: true };
      [parts, length, number, start] = [[], 0, number + 1, end + 1];
    }
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > most) throw tooLong(`${name}:${number}`, most);
  }
  if (length > 0) yield { bytes: Buffer.concat(parts), number, hasEnd: false };
}

function tooLong(where: string, most: number): PortiaError {
  return new PortiaError('unreadable', `${where} cannot be read.`, {
    why: `It is longer than ${most} bytes.`,
    fix: 'Write the file again where it comes from.',
  });
}
