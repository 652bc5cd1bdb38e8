import { cutText } from '../../domain/values/cut-text.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { oneLine } from '../../domain/values/printable.js';
import { TooLarge, type ApiDocument } from './api-document.js';
import { own, ownList, ownObject, ownText, referenceOf } from './own-values.js';

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
const NUMBERS = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
]);
const ONE_SCHEMA = new Set(['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else']);
const SCHEMAS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const NAMED_SCHEMAS = new Set(['properties', 'patternProperties', 'dependentSchemas']);

const MOST_DESCRIPTION = 300;
const MOST_DEFAULT = 60;

/** With more named schemas, nobody reads the description of a tool. */
const MOST_DEFINITIONS = 200;

/**
 * Writes the schemas of an OpenAPI document as JSON Schema of draft 2020-12. What is named and has parts is written once,
 * under `$defs`; beyond `levels` of names, anything is taken. What only a server sets is left out, and defaults are told in
 * words: a call sends what it is given, and nothing else.
 */
export class SchemaWriter {
  readonly #api: ApiDocument;
  readonly #levels: number;
  readonly #names = new Map<string, string>();
  readonly #definitions = new Map<string, Json>();
  readonly #open: { name: string; schema: JsonObject; level: number }[] = [];

  constructor(api: ApiDocument, levels: number) {
    this.#api = api;
    this.#levels = levels;
  }

  /** Throws NotImported for a reference that leads nowhere, and for a schema that is too large. */
  write(schema: Json | undefined, level = 0): Json {
    if (typeof schema === 'boolean') return schema;
    if (!isJsonObject(schema)) return {};
    const reference = referenceOf(schema);
    return reference === undefined ? this.#convert(schema, level) : this.#refer(schema, { reference, level });
  }

  /** The schemas that `write` has named, by name. */
  definitions(): JsonObject {
    for (let next = this.#open.shift(); next !== undefined; next = this.#open.shift()) {
      this.#definitions.set(next.name, this.#convert(next.schema, next.level));
    }
    return Object.fromEntries(this.#definitions);
  }

  #refer(schema: JsonObject, { reference, level }: { reference: string; level: number }): Json {
    const target = this.#api.resolve(schema);
    const said = describe(schema);
    if (!hasParts(target)) return { ...this.#convert(target, level), ...said };
    if (level >= this.#levels) return { ...describe(target), ...said };
    const known = this.#names.get(reference);
    const name = known ?? this.#nameOf(reference);
    if (known === undefined) this.#open.push({ name, schema: target, level: level + 1 });
    return { $ref: `#/$defs/${name}`, ...said };
  }

  #nameOf(reference: string): string {
    if (this.#names.size >= MOST_DEFINITIONS) throw new TooLarge('its arguments are too large to be described');
    const wanted = (reference.split('/').at(-1) ?? '').replaceAll(/\W+/g, '_').replace(/^_+/, '') || 'schema';
    const taken = new Set(this.#names.values());
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
    this.#names.set(reference, name);
    this.#definitions.set(name, {});
    return name;
  }

  #convert(schema: JsonObject, level: number): JsonObject {
    const written: JsonObject = { ...describe(schema) };
    for (const [key, value] of Object.entries(schema)) {
      const kept = this.#keyword(key, value, level);
      if (kept !== undefined) written[key] = kept;
    }
    const properties = ownObject(written, 'properties');
    const required = ownList(schema, 'required').filter(
      (name) => typeof name === 'string' && !this.#isReadOnly(schema, name),
    );
    if (required.length > 0) written['required'] = [...new Set(required)];
    if (Object.keys(properties).length === 0) delete written['properties'];
    return nullable(exclusive(written, schema), schema);
  }

  #keyword(key: string, value: Json, level: number): Json | undefined {
    if (NUMBERS.has(key)) return typeof value === 'number' ? value : undefined;
    if (ONE_SCHEMA.has(key))
      return isJsonObject(value) || typeof value === 'boolean' ? this.write(value, level) : undefined;
    if (SCHEMAS.has(key))
      return Array.isArray(value) && value.length > 0 ? value.map((each) => this.write(each, level)) : undefined;
    if (NAMED_SCHEMAS.has(key)) return isJsonObject(value) ? this.#named(value, level) : undefined;
    switch (key) {
      case 'type':
        return typesOf(value);
      case 'enum':
        return Array.isArray(value) && value.length > 0 ? value : undefined;
      case 'const':
        return value;
      case 'uniqueItems':
        return typeof value === 'boolean' ? value : undefined;
      case 'format':
        return typeof value === 'string' ? value : undefined;
      case 'pattern':
        return typeof value === 'string' && isPattern(value) ? value : undefined;
      default:
        return undefined;
    }
  }

  #named(schemas: JsonObject, level: number): JsonObject {
    const kept = Object.entries(schemas).filter(([name, part]) => name !== '__proto__' && !this.#api.isReadOnly(part));
    return Object.fromEntries(kept.map(([name, part]) => [name, this.write(part, level)]));
  }

  #isReadOnly(schema: JsonObject, name: string): boolean {
    return this.#api.isReadOnly(own(ownObject(schema, 'properties'), name));
  }
}

/** Whether a schema is more than a value: then it is written once, under its name. */
function hasParts(schema: JsonObject): boolean {
  return Object.keys(schema).some((key) => ONE_SCHEMA.has(key) || SCHEMAS.has(key) || NAMED_SCHEMAS.has(key));
}

/** What a schema says in words, and its default. */
function describe(schema: JsonObject): JsonObject {
  const said = oneLine(ownText(schema, 'description') ?? '');
  const standard = own(schema, 'default');
  const written = standard === undefined || standard === null ? '' : JSON.stringify(standard);
  const tail = written === '' || written.length > MOST_DEFAULT ? '' : `Default: ${oneLine(written)}.`;
  const description = [cutText(said, MOST_DESCRIPTION), tail].filter((part) => part !== '').join(' ');
  return description === '' ? {} : { description };
}

function typesOf(value: Json): Json | undefined {
  const types = (Array.isArray(value) ? value : [value]).filter((type) => typeof type === 'string' && TYPES.has(type));
  const [first] = types;
  return types.length > 1 ? [...new Set(types)] : first;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '';
  } catch {
    return false;
  }
}

/** In OpenAPI 3.0, whether a limit itself is left out is said beside it. */
function exclusive(written: JsonObject, schema: JsonObject): JsonObject {
  const sides = [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const;
  return sides.reduce((changed, [inclusive, other]) => {
    const { [inclusive]: limit, ...rest } = changed;
    return own(schema, other) === true && limit !== undefined ? { ...rest, [other]: limit } : changed;
  }, written);
}

/** In OpenAPI 3.0, whether null is taken is said beside the type. */
function nullable(written: JsonObject, schema: JsonObject): JsonObject {
  if (own(schema, 'nullable') !== true) return written;
  const { type, enum: listed } = written;
  if (type !== undefined) {
    return {
      ...written,
      type: [...new Set([...(Array.isArray(type) ? type : [type]), 'null'])],
      ...(Array.isArray(listed) && { enum: [...new Set([...listed, null])] }),
    };
  }
  const { description, ...rest } = written;
  if (Object.keys(rest).length === 0) return written;
  return { ...(description !== undefined && { description }), anyOf: [rest, { type: 'null' }] };
}
