import { isJsonObject, type Json, type JsonSchema } from './json.js';

/** Keywords with a schema, or a list of them. */
const PARTS = new Set([
  ...['items', 'prefixItems', 'contains', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'],
  ...['anyOf', 'oneOf', 'allOf', 'unevaluatedItems', 'unevaluatedProperties'],
]);
/** Keywords with schemas by name. */
const NAMED_PARTS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** A copy of a schema in which every schema directly inside it is changed; `true` and `false` stay. */
export function changeParts(schema: JsonSchema, change: (part: JsonSchema) => JsonSchema): JsonSchema {
  const changed = (value: Json): Json => (isJsonObject(value) ? change(value) : value);
  const entries = Object.entries(schema).map(([keyword, value]): [string, Json] => {
    if (PARTS.has(keyword)) return [keyword, Array.isArray(value) ? value.map(changed) : changed(value)];
    if (!NAMED_PARTS.has(keyword) || !isJsonObject(value)) return [keyword, value];
    return [keyword, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, changed(part)]))];
  });
  return Object.fromEntries(entries);
}

/** The part of a schema that a reference such as `#/$defs/City` means; undefined when it is not in this document. */
export function partAt(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let part: Json | undefined = root;
  for (const step of reference.slice(2).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(part)) part = part[Number(name)];
    else part = isJsonObject(part) && Object.hasOwn(part, name) ? part[name] : undefined;
  }
  return isJsonObject(part) ? part : undefined;
}
