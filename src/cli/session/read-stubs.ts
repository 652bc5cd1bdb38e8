import { PortiaError } from '../../domain/errors.js';
import { jsonOf, type Json } from '../../domain/values/json.js';
import { readNamedValue, textOfNamed } from '../../documents/named-value.js';
import { parseJsonText } from './json-text.js';
import { unsafeWholeNumberIn } from '../../domain/values/whole-numbers.js';

/** `TOOL=VALUE` of `--stub`; VALUE is JSON, else text, or `@file` with either. `TOOL:=VALUE` takes JSON only. */
export async function readStubs(
  flags: string[],
  readText: (path: string) => Promise<string>,
): Promise<Map<string, Json>> {
  const stubs = new Map<string, Json>();
  for (const flag of flags) {
    const named = readNamedValue(flag);
    if (named === undefined) {
      throw new PortiaError('usage', `--stub ${JSON.stringify(flag)} names no tool and value.`, {
        why: 'A stub is TOOL=VALUE or TOOL=@file.',
        fix: '--stub weather_tool=sunny',
      });
    }
    const text = await textOfNamed(named, readText);
    stubs.set(named.name, named.isJson ? parseJsonText(text, `--stub ${named.name}`) : jsonOrText(text));
  }
  return stubs;
}

function jsonOrText(text: string): Json {
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
