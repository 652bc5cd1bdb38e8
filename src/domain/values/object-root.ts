import { isJsonObject, type Json, type JsonSchema } from './json.js';
import { changeParts } from './schema-parts.js';

/** A schema with an object at its root, as model servers want it, and the way back. */
export interface ObjectRoot {
  schema: JsonSchema;
  /** Undefined when the schema was such a one already. */
  key: string | undefined;
}

/** Model servers refuse them at the root. */
const NO_ROOT_KEYS = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'enum', 'const'];

/** The schema itself when it describes objects, else one of objects in which its values are under `key`. */
export function withObjectRoot(schema: JsonSchema, key: string): ObjectRoot {
  const isPlain = !NO_ROOT_KEYS.some((name) => name in schema);
  if (isPlain && schema['type'] === 'object') return { schema, key: undefined };
  // Every object fits the type that it does not name; what else would fit is not meant.
  if (isPlain && schema['type'] === undefined && isJsonObject(schema['properties'])) {
    return { schema: { ...schema, type: 'object' }, key: undefined };
  }
  return { schema: wrap(schema, key), key };
}

/** The value that was meant, of one that fits the schema with an object root; undefined when there is none in it. */
export function unwrapRoot(value: Json, { key }: ObjectRoot): Json | undefined {
  if (key === undefined) return value;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function wrap({ $schema, $defs, definitions, ...schema }: JsonSchema, key: string): JsonSchema {
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { [key]: moveReferences(schema, key) },
    required: [key],
    additionalProperties: false,
    // References to them start at the root.
    ...($defs !== undefined && { $defs: moveNamed($defs, key) }),
    ...(definitions !== undefined && { definitions: moveNamed(definitions, key) }),
  };
}

function moveNamed(parts: Json, key: string): Json {
  return changeParts({ $defs: parts }, (part) => moveReferences(part, key))['$defs'] ?? parts;
}

/** References to the root, or to parts of it that moved with it, mean what they meant. */
function moveReferences(schema: JsonSchema, key: string): JsonSchema {
  const moved = changeParts(schema, (part) => moveReferences(part, key));
  const { $ref: reference } = schema;
  const isMoved = typeof reference === 'string' && /^#($|\/(?!(\$defs|definitions)\/))/.test(reference);
  return isMoved ? { ...moved, $ref: `#/properties/${key}${reference.slice(1)}` } : moved;
}
