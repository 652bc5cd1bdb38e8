import type { Json } from '../domain/values/json.js';
import { parseJson } from './parse-json.js';
import type { LocatePointers, Position } from './positions.js';

export type ParsedDocument =
  | { ok: true; value: Json; locate: LocatePointers }
  | ({ ok: false; format: 'JSON' | 'YAML'; problem: string; fix?: string | undefined } & Position);

/**
 * A document that a person wrote, as JSON or YAML. What is called .json, or begins as JSON does, is JSON; all else is
 * YAML, whose reader is loaded only then.
 */
export async function parseDocument(text: string, name: string, maxDepth: number): Promise<ParsedDocument> {
  if (!name.endsWith('.json') && !/^\uFEFF?[ \t\r\n]*[{[]/.test(text)) {
    const { parseYaml } = await import('./parse-yaml.js');
    const parsed = parseYaml(text, { maxDepth });
    return parsed.ok
      ? { ...parsed, locate: async (pointers) => parsed.locate(pointers) }
      : { ...parsed, format: 'YAML' };
  }
  const parsed = parseJson(text, maxDepth);
  if (!parsed.ok) return { ...parsed, format: 'JSON' };
  const locate: LocatePointers = async (pointers) => {
    const { locateInJson } = await import('./json-positions.js');
    return locateInJson(text.replace(/^\uFEFF/, ''), pointers);
  };
  return { ...parsed, locate };
}
