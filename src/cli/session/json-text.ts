import { parseJson } from '../../documents/parse-json.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';

/** JSON from the command line. Throws a PortiaError `invalid-input` with the place. */
export function parseJsonText(text: string, name: string): Json {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  throw new PortiaError('invalid-input', `${name} is not valid JSON.`, {
    why: `Line ${parsed.line}, column ${parsed.column}: ${parsed.problem}.`,
    fix: parsed.fix,
  });
}
