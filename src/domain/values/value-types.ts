import { canonicalJson, escapePointer, isJsonObject, type Json, type JsonSchema } from './json.js';

/** Schemas nest within schemas; anything deeper is not checked. */
const MAX_NESTING = 16;

/** Allowed values that a message lists. */
const MAX_SHOWN = 10;

/** The JSON types that a value of the schema may have; undefined for any. Never leaves one out that is allowed. */
export function jsonTypesOf(schema: Json | undefined, nesting = 0): ReadonlySet<string> | undefined {
  if (!isJsonObject(schema) || nesting > MAX_NESTING) return undefined;
  const { type, const: only, enum: several, anyOf, oneOf, allOf, nullable } = schema;
  if (LIMITING.every((key) => schema[key] === undefined)) return namedTypes(type, nullable === true);
  const limits = [
    namedTypes(type, nullable === true),
    only === undefined ? undefined : new Set([typeOfValue(only)]),
    Array.isArray(several) ? new Set(several.map(typeOfValue)) : undefined,
    unionOf(anyOf, nesting),
    unionOf(oneOf, nesting),
    ...(Array.isArray(allOf) ? allOf.map((part) => jsonTypesOf(part, nesting + 1)) : []),
  ].filter((types) => types !== undefined);
  const [first, ...others] = limits;
  if (first === undefined || others.length === 0) return first;
  return new Set([...first].filter((name) => others.every((set) => set.has(name))));
}

/** What says more of a type than its name. Most schemas have none of it, and long plans ask for them all the time. */
const LIMITING = ['const', 'enum', 'anyOf', 'oneOf', 'allOf'];

/** The types that a schema can name, as those of values. Made once, for the same reason. */
const NAMED: ReadonlyMap<Json | undefined, ReadonlySet<string>> = new Map([
  ...['null', 'boolean', 'number', 'string', 'array', 'object'].map((name) => [name, new Set([name])] as const),
  ['integer', new Set(['number'])],
]);

function namedTypes(type: Json | undefined, isNullable: boolean): ReadonlySet<string> | undefined {
  if (!Array.isArray(type) && !isNullable) return NAMED.get(type);
  const sets = [type].flat().map((name) => NAMED.get(name));
  if (sets.includes(undefined)) return undefined;
  return new Set([...sets.flatMap((set) => [...(set ?? [])]), ...(isNullable ? ['null'] : [])]);
}

function unionOf(branches: Json | undefined, nesting: number): ReadonlySet<string> | undefined {
  if (!Array.isArray(branches)) return undefined;
  const all = branches.map((branch) => jsonTypesOf(branch, nesting + 1));
  return all.includes(undefined) ? undefined : new Set(all.flatMap((types) => [...(types ?? [])]));
}

/** The JSON type of a value; a whole number is a number. */
export function typeOfValue(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Why no value of one schema fits the other, as `is a number, where a string is wanted`; undefined when one may. */
export function clashOf(given: JsonSchema, wanted: JsonSchema): string | undefined {
  const types = clashOfTypes(given, wanted);
  if (types !== undefined) return types;
  const values = valuesOf(given);
  const reasons = values?.map((value) => misfitOf(value, wanted)) ?? [];
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** The same of the types alone, whichever values of them the schemas allow. */
export function clashOfTypes(given: JsonSchema, wanted: JsonSchema): string | undefined {
  const has = jsonTypesOf(given);
  const may = jsonTypesOf(wanted);
  if (has === undefined || has.size === 0 || may === undefined) return undefined;
  return [...has].some((type) => may.has(type)) ? undefined : clash(has, may);
}

/** The only values that the schema allows; undefined when it does not list them. */
function valuesOf({ const: only, enum: several }: JsonSchema): Json[] | undefined {
  if (only !== undefined) return [only];
  return Array.isArray(several) && several.length > 0 ? several : undefined;
}

/** Why the value itself, whatever is inside of it, does not fit. */
export function misfitOf(value: Json, wanted: JsonSchema): string | undefined {
  const may = jsonTypesOf(wanted);
  if (may !== undefined && !may.has(typeOfValue(value))) return clash(new Set([typeOfValue(value)]), may);
  if (wanted['type'] === 'integer' && typeof value === 'number' && !Number.isInteger(value)) {
    return 'is a fraction, where a whole number is wanted';
  }
  const allowed = valuesOf(wanted);
  if (allowed === undefined || allowed.some((one) => canonicalJson(one) === canonicalJson(value))) return undefined;
  const shown = allowed.slice(0, MAX_SHOWN).map((one) => JSON.stringify(one));
  return `is not one of ${shown.join(', ')}${allowed.length > MAX_SHOWN ? ' …' : ''}`;
}

function clash(has: ReadonlySet<string>, may: ReadonlySet<string>): string {
  return `is ${namesOf(has)}, where ${may.size === 0 ? 'nothing' : namesOf(may)} is wanted`;
}

function namesOf(types: ReadonlySet<string>): string {
  return [...types]
    .map((type) => (type === 'null' ? type : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`))
    .join(' or ');
}

/** The parts of a value, each with its pointer and the schema that it has inside the other one. */
export function partsOf(
  value: Json,
  schema: JsonSchema,
  pointer: string,
): { value: Json; schema: JsonSchema; pointer: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const { items, properties, prefixItems } = schema;
  const schemaAt = (key: string): Json | undefined => {
    if (Array.isArray(value)) return prefixItems === undefined ? items : undefined;
    return isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  };
  return Object.entries(value).flatMap(([key, child]) => {
    const own = schemaAt(key);
    return isJsonObject(own) ? [{ value: child, schema: own, pointer: `${pointer}/${escapePointer(key)}` }] : [];
  });
}

/** The schema of a list's items; undefined when it is certainly not a list, or does not say. */
export function itemsOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const types = jsonTypesOf(schema);
  if (schema === undefined || types?.size !== 1 || !types.has('array')) return undefined;
  return isJsonObject(schema['items']) && schema['prefixItems'] === undefined ? schema['items'] : undefined;
}

/** The schema of an object's property; undefined when it is certainly not an object, or does not say. */
export function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const types = jsonTypesOf(schema);
  if (schema === undefined || types?.size !== 1 || !types.has('object')) return undefined;
  const { properties } = schema;
  const own = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isJsonObject(own) ? own : undefined;
}
