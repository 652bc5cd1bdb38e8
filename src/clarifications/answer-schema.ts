import { asText, isJsonObject, type Json, type JsonSchema } from '../domain/values/json.js';
import { unsafeWholeNumberIn } from '../domain/values/whole-numbers.js';

/** Says what is wrong with a value by a JSON Schema; empty when it fits. */
export type ValidateSchema = (schema: JsonSchema, value: Json) => string[];

/** The JSON types that a schema names, through its alternatives; empty when it names none. */
export function typesOf(schema: JsonSchema): ReadonlySet<string> {
  const types = new Set<string>();
  for (const type of [schema['type']].flat()) if (typeof type === 'string') types.add(type);
  for (const alternatives of [schema['anyOf'], schema['oneOf']]) {
    if (!Array.isArray(alternatives)) continue;
    for (const item of alternatives) if (isJsonObject(item)) for (const type of typesOf(item)) types.add(type);
  }
  return types;
}

/** The values a schema lists, when it lists them. */
export function listedValues(schema: JsonSchema): Json[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  return 'const' in schema ? [schema['const'] ?? null] : undefined;
}

const WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'yes or no',
  array: 'a JSON list',
  object: 'a JSON object',
  null: 'null',
};

/** What a schema takes, in words: `a whole number, at least 1`. */
export function describeSchema(schema: JsonSchema | undefined): string {
  if (schema === undefined) return 'text';
  const listed = listedValues(schema);
  if (listed !== undefined) return `one of: ${listed.map((value) => JSON.stringify(value)).join(', ')}`;
  const types = [...typesOf(schema)].map((type) => WORDS[type] ?? type);
  const kind = types.length === 0 ? 'a value' : types.join(' or ');
  return [
    kind,
    ...LIMITS.flatMap(([key, words]) => (key in schema ? [`${words} ${asText(schema[key] ?? null)}`] : [])),
  ].join(', ');
}

const LIMITS: [key: string, words: string][] = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'more than'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'less than'],
  ['minLength', 'length at least'],
  ['maxLength', 'length at most'],
  ['pattern', 'matching'],
  ['format', 'format'],
];

/**
 * Text as the schema's type: `7` for a number is the number 7, but stays text where text is taken.
 * Undefined when the text is not such a value.
 */
export function readTyped(schema: JsonSchema, text: string): Json | undefined {
  const trimmed = text.trim();
  const listed = listedValues(schema);
  if (listed !== undefined) {
    return listed.find((value) => value === trimmed) ?? listed.find((value) => JSON.stringify(value) === trimmed);
  }
  const types = typesOf(schema);
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

/** The JSON value that a text spells; undefined when it is not JSON, or has a number that cannot be kept. */
export function readJson(text: string): Json | undefined {
  if (unsafeWholeNumberIn(text) !== undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function readJsonWhere(text: string, fits: (value: Json | undefined) => boolean): Json | undefined {
  const value = readJson(text);
  return fits(value) ? value : undefined;
}
