import type { Json, JsonSchema } from './json.js';
import { keptDigitsOf, type KeptDigits } from './whole-numbers.js';
import { jsonTypesOf } from './value-types.js';

/** Whether only a list (or null) fits the schema, so that one value means a list of one. */
export function wantsList(schema: JsonSchema | undefined): boolean {
  const types = [...(jsonTypesOf(schema) ?? [])].filter((type) => type !== 'null');
  return types.length === 1 && types[0] === 'array';
}

/**
 * The value as the schema means it: where only a list fits, one value becomes a list of one, and null the empty list.
 */
export function fitValue(value: Json, schema: JsonSchema): Json {
  if (Array.isArray(value) || !wantsList(schema)) return value;
  if (value === null) return jsonTypesOf(schema)?.has('null') === true ? null : [];
  return [value];
}

const PLAIN_TYPES = new Set(['string', 'number', 'boolean', 'null']);

/** Whether no object and no list fits the schema: a text, a number, one of several words. */
export function wantsPlainValue(schema: JsonSchema): boolean {
  const types = jsonTypesOf(schema);
  return types !== undefined && types.size > 0 && [...types].every((type) => PLAIN_TYPES.has(type));
}

/**
 * What a bare text may mean as such a value, the most likely first: the JSON value that it spells, or the text itself.
 */
export function readingsOf(text: string): KeptDigits[] {
  const plain = text.trim();
  const json = keptDigitsOf(plain);
  return [...(json === undefined ? [] : [json]), { value: plain }];
}
