import { isJsonObject, jsonOf } from '../../domain/values/json.js';
import { endOfValue, extractJson } from './extract-json.js';

/** Some servers encode what is encoded already. */
const MOST_ENCODINGS = 3;

/**
 * The arguments of a call as JSON text, whatever a model or server made of it: encoded twice, as a Python dict, in a
 * code block, with commas or comments too many. As they were written when they are cut off or not understood.
 */
export async function mendArguments(written: string): Promise<string> {
  return mend(written, written, MOST_ENCODINGS);
}

async function mend(text: string, written: string, encodings: number): Promise<string> {
  const plain = text.trim();
  if (plain === '' || plain === 'null' || plain === 'None') return '{}';
  const value = jsonOf(plain);
  if (isJsonObject(value)) return plain;
  if (typeof value === 'string' && encodings > 0) return mend(value, written, encodings - 1);
  if (value !== undefined || holdsSeveral(plain)) return written;
  const found = await extractJson(plain, 'object');
  return found.ok && isJsonObject(found.value) ? JSON.stringify(found.value) : written;
}

/** Those of two calls that a server glued together: nobody can tell which are meant. */
function holdsSeveral(text: string): boolean {
  const start = text.indexOf('{');
  const end = start < 0 ? undefined : endOfValue(text, start);
  return end !== undefined && text.includes('{', end);
}
