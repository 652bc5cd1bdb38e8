import { asText, type JsonSchema } from './json.js';
import { listedValues, namedTypesOf } from './typed-text.js';

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'yes or no',
  array: 'a JSON list',
  object: 'a JSON object',
  null: 'null',
};

const LIMIT_WORDS: [key: string, words: string][] = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'more than'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'less than'],
  ['minLength', 'length at least'],
  ['maxLength', 'length at most'],
  ['pattern', 'matching'],
  ['format', 'format'],
];

/** What a schema takes, in words: `a whole number, at least 1`. */
export function describeSchema(schema: JsonSchema | undefined): string {
  if (schema === undefined) return 'text';
  const listed = listedValues(schema);
  if (listed !== undefined) return `one of: ${listed.map((value) => JSON.stringify(value)).join(', ')}`;
  const types = [...namedTypesOf(schema)].map((type) => TYPE_WORDS[type] ?? type);
  const kind = types.length === 0 ? 'a value' : types.join(' or ');
  const limits = LIMIT_WORDS.flatMap(([key, words]) =>
    key in schema ? [`${words} ${asText(schema[key] ?? null)}`] : [],
  );
  return [kind, ...limits].join(', ');
}
