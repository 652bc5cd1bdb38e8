import { PortiaError } from '../../domain/errors.js';
import { jsonOf, type Json } from '../../domain/values/json.js';
import { unsafeWholeNumberIn } from '../../domain/values/whole-numbers.js';

/** `TOOL=VALUE` of `--stub`; VALUE is JSON, else text, or `@file` with either. */
export async function readStubs(
  flags: string[],
  readText: (path: string) => Promise<string>,
): Promise<Map<string, Json>> {
  const stubs = new Map<string, Json>();
  for (const flag of flags) {
    const [, id, text] = /^([^=\s]+)=([\s\S]*)$/.exec(flag) ?? [];
    if (id === undefined || text === undefined) {
      throw new PortiaError('usage', `--stub ${JSON.stringify(flag)} names no tool and value.`, {
        why: 'A stub is TOOL=VALUE or TOOL=@file.',
        fix: '--stub weather_tool=sunny',
      });
    }
    stubs.set(id, asJson(text.startsWith('@') ? await readText(text.slice(1)) : text));
  }
  return stubs;
}

function asJson(text: string): Json {
  if (unsafeWholeNumberIn(text) !== undefined) {
    throw new PortiaError('usage', 'The value of --stub has a whole number that cannot be kept.', {
      why: 'A number keeps about 16 digits; the last digits of this one would change.',
      fix: `Write it in quotes: --stub TOOL='{"id": "${unsafeWholeNumberIn(text)?.written ?? ''}"}'`,
    });
  }
  // Whatever is not JSON is a text: that is the documented meaning, not an error.
  const json = jsonOf(text);
  return json === undefined ? text : json;
}
