import { isJsonObject, type Json, type JsonSchema } from './json.js';
import { exactJsonOf } from './whole-numbers.js';

/** The JSON types that a schema names, through its alternatives; empty when it names none. */
export function namedTypesOf(schema: JsonSchema): ReadonlySet<string> {
  const types = new Set<string>();
  for (const type of [schema['type']].flat()) if (typeof type === 'string') types.add(type);
  for (const alternatives of [schema['anyOf'], schema['oneOf']]) {
    if (!Array.isArray(alternatives)) continue;
    for (const item of alternatives) if (isJsonObject(item)) for (const type of namedTypesOf(item)) types.add(type);
  }
  return types;
}

/** The values a schema lists, when it lists them. */
export function listedValues(schema: JsonSchema): Json[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  return 'const' in schema ? [schema['const'] ?? null] : undefined;
}

/**
 * Text that a person typed, as the schema's type: `7` for a number is the number 7, but stays text where text is taken.
 * Undefined when the text is not such a value.
 */
export function readTyped(text: string, schema: JsonSchema): Json | undefined {
  const trimmed = text.trim();
  const listed = listedValues(schema);
  if (listed !== undefined) {
    return listed.find((value) => value === trimmed) ?? listed.find((value) => JSON.stringify(value) === trimmed);
  }
  const types = namedTypesOf(schema);
  if (types.size === 0 || types.has('string')) return text;
  return [...types].map((type) => READERS[type]?.(trimmed)).find((value) => value !== undefined);
}

const READERS: Record<string, (text: string) => Json | undefined> = {
  number: readNumber,
  integer: readNumber,
  boolean: readYesNo,
  array: (text) => readJsonWhere(text, Array.isArray),
  object: (text) => readJsonWhere(text, isJsonObject),
  null: (text) => (text === 'null' ? null : undefined),
};

/** The number that a text spells, unless it cannot be kept exactly. */
export function readNumber(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  const exact = Number.isFinite(number) && (Number.isSafeInteger(number) || !/^[+-]?\d+$/.test(text));
  return exact ? (Object.is(number, -0) ? 0 : number) : undefined;
}

export function readYesNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['yes', 'y', 'true'].includes(word)) return true;
  return ['no', 'n', 'false'].includes(word) ? false : undefined;
}

function readJsonWhere(text: string, fits: (value: Json | undefined) => boolean): Json | undefined {
  const value = exactJsonOf(text);
  return fits(value) ? value : undefined;
}
