import type { Json } from '../domain/values/json.js';
import { PortiaError } from '../domain/errors.js';
import { parseJson } from '../documents/parse-json.js';
import { readTextFile } from '../documents/read-text-file.js';

/** The longest settings file that is read. */
export const MAX_SETTINGS_BYTES = 256 * 1024;

/** The JSON of a settings file; undefined without one. Rejects nothing silently: a PortiaError `invalid-settings`. */
export function readSettingsJson(path: string): { value: Json; ownerId: number } | undefined {
  const file = readTextFile(path, MAX_SETTINGS_BYTES);
  if (file.kind === 'missing') return undefined;
  if (file.kind === 'unusable') {
    throw new PortiaError('invalid-settings', `${path} ${file.why}.`, {
      why: 'Settings are read from a JSON file at this place.',
      fix: file.fix ?? `put a JSON file at ${path}, or remove what is there`,
    });
  }
  const parsed = parseJson(file.text);
  if (parsed.ok) return { value: parsed.value, ownerId: file.ownerId };
  throw new PortiaError('invalid-settings', `${path} is not JSON that can be used.`, {
    why: `line ${parsed.line}, column ${parsed.column}: ${parsed.problem}`,
    fix: parsed.fix,
  });
}
