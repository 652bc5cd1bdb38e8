import { isJsonObject, type Json, type JsonSchema } from './json.js';
import { partAt } from './schema-parts.js';

/** Schemas that apply to one value are looked for this deep. */
const MAX_NESTING = 16;

/**
 * The value without properties that are null and that no schema requires: some servers and models write null for what
 * is left out.
 */
export function withoutNulls(value: Json, schema: JsonSchema): Json {
  return strip(value, [schema], schema);
}

function strip(value: Json, schemas: JsonSchema[], root: JsonSchema): Json {
  if (typeof value !== 'object' || value === null) return value;
  const all = schemas.flatMap((schema) => applying(schema, root));
  if (Array.isArray(value)) {
    const items = all.flatMap(({ items: of }) => (isJsonObject(of) ? [of] : []));
    return value.map((item) => strip(item, items, root));
  }
  const isRequired = (name: string) => all.some(({ required }) => Array.isArray(required) && required.includes(name));
  const entries = Object.entries(value).filter(([name, child]) => child !== null || isRequired(name));
  return Object.fromEntries(entries.map(([name, child]) => [name, strip(child, partsAt(name, all), root)]));
}

function partsAt(name: string, schemas: JsonSchema[]): JsonSchema[] {
  return schemas.flatMap(({ properties, additionalProperties: others }) => {
    const own = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : others;
    return isJsonObject(own) ? [own] : [];
  });
}

/** The schema with all that it refers to and that may apply to the same value. */
function applying(schema: JsonSchema, root: JsonSchema, nesting = 0): JsonSchema[] {
  if (nesting > MAX_NESTING) return [];
  const { $ref: reference, anyOf, oneOf, allOf } = schema;
  const target = typeof reference === 'string' ? partAt(root, reference) : undefined;
  const branches = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list.filter(isJsonObject) : []));
  const inner = [...(target === undefined ? [] : [target]), ...branches];
  return [schema, ...inner.flatMap((part) => applying(part, root, nesting + 1))];
}
