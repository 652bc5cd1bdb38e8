import type { Readable } from 'node:stream';

import { cutText } from '../../domain/values/cut-text.js';
import { decodeText } from '../../domain/values/decode-text.js';
import type { Json } from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { keptDigitsOf } from '../../domain/values/whole-numbers.js';
import type { ProgramSettings } from './program-settings.js';

/** The most that a program may write to standard output. */
export const MOST_OUTPUT_BYTES = 32 * 1024 * 1024;

/** What a program writes to standard output, up to a limit. */
export class ProgramOutput {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(stream: Readable, tooMuch: () => void) {
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.isTooMuch) tooMuch();
      else this.#chunks.push(chunk);
    });
  }

  get isTooMuch(): boolean {
    return this.#bytes > MOST_OUTPUT_BYTES;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

export type ReadOutput = { ok: true; value: Json } | { ok: false; problem: string };

/** The result in what a program wrote, or why there is none, as a clause about the program. */
export function readOutput(bytes: Buffer, { stdout = 'text' }: ProgramSettings, effect: ToolEffect): ReadOutput {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return { ok: false, problem: `wrote ${bytes.length} bytes that are not UTF-8 text` };
  const { text } = decoded;
  switch (stdout) {
    case 'text':
      return { ok: true, value: text.replace(/\r?\n$/, '') };
    case 'lines':
      return { ok: true, value: text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/) };
    case 'json':
      return readJson(text, effect);
  }
}

function readJson(text: string, effect: ToolEffect): ReadOutput {
  if (text.trim() === '') {
    // It has acted, and has nothing to say of it.
    if (effect !== 'read') return { ok: true, value: null };
    return { ok: false, problem: 'wrote nothing, where JSON is expected' };
  }
  const json = keptDigitsOf(text);
  if (json !== undefined) return { ok: true, value: json.value };
  return { ok: false, problem: `wrote something that is not JSON: ${cutText(text.trim(), 100)}` };
}
