import { cutText } from '../../domain/values/cut-text.js';
import { asText, isJsonObject, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { jsonTypesOf } from '../../domain/values/value-types.js';
import type { SchemaDialect } from './schema-dialects.js';

/** One schema in a dialect, without those inside it. What the dialect has no words for is told in the description. */
export function spellKeywords(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  const steps = [alone, merge, rename, nameType, enumerate, omit, withItems, spellTypes, complete];
  return steps.reduce((spelt, step) => step(spelt, dialect), schema);
}

const takes = ({ keywords }: SchemaDialect, keyword: string): boolean =>
  keywords === undefined || keywords.has(keyword);

function alone(schema: JsonSchema, { references }: SchemaDialect): JsonSchema {
  const { $ref, $defs, definitions } = schema;
  if (references !== 'alone' || $ref === undefined) return schema;
  return { $ref, ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) };
}

function merge(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf) || takes(dialect, 'allOf')) return schema;
  return [own, ...allOf.filter(isJsonObject)].reduce((all, part) => {
    const required = [all['required'], part['required']].flatMap((names) => (Array.isArray(names) ? names : []));
    const properties = { ...objectOf(all['properties']), ...objectOf(part['properties']) };
    return {
      ...all,
      ...part,
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required: [...new Set(required)] }),
    };
  });
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

function rename(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  const { const: only, oneOf, prefixItems, ...spelt } = schema;
  if (only !== undefined) spelt[takes(dialect, 'const') ? 'const' : 'enum'] = takes(dialect, 'const') ? only : [only];
  if (prefixItems !== undefined && takes(dialect, 'prefixItems')) spelt['prefixItems'] = prefixItems;
  else if (prefixItems !== undefined) spelt['items'] = { anyOf: prefixItems };
  if (oneOf !== undefined) spelt[takes(dialect, 'oneOf') ? 'oneOf' : 'anyOf'] = oneOf;
  return spelt;
}

/** Some endpoints want a type everywhere, also where it follows from the values. */
function nameType(schema: JsonSchema, { keywords }: SchemaDialect): JsonSchema {
  if (keywords === undefined || ['type', 'anyOf', '$ref'].some((keyword) => keyword in schema)) return schema;
  const types = [...(jsonTypesOf(schema) ?? [])];
  if ('properties' in schema) types.push('object');
  if ('items' in schema) types.push('array');
  const [only, ...others] = types;
  return only === undefined ? schema : { ...schema, type: others.length === 0 ? only : types };
}

function enumerate(schema: JsonSchema, { enums }: SchemaDialect): JsonSchema {
  const { enum: values, ...rest } = schema;
  if (enums === 'any' || !Array.isArray(values)) return schema;
  const texts = values.filter((value) => typeof value === 'string');
  const hasNull = values.includes(null);
  if (texts.length === 0 || texts.length + Number(hasNull) < values.length) return describe(rest, { enum: values });
  return { ...rest, type: hasNull ? ['string', 'null'] : 'string', enum: texts };
}

function withItems(schema: JsonSchema): JsonSchema {
  const isOpen = schema['items'] === undefined && schema['prefixItems'] === undefined;
  return schema['type'] === 'array' && isOpen ? { ...schema, items: {} } : schema;
}

/** They say nothing of the value. */
const SILENT = new Set([
  ...['$schema', '$id', '$anchor', '$comment', '$defs', 'definitions', 'title', 'examples', 'deprecated'],
  ...['readOnly', 'writeOnly', 'additionalProperties', 'unevaluatedProperties'],
]);

function omit(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  const { formats } = dialect;
  const isSent = ([keyword, value]: [string, Json]): boolean =>
    takes(dialect, keyword) && (keyword !== 'format' || formats === undefined || formats.has(asText(value)));
  const entries = Object.entries(schema);
  const told = entries.filter((entry) => !isSent(entry) && !SILENT.has(entry[0]));
  return describe(Object.fromEntries(entries.filter(isSent)), Object.fromEntries(told));
}

const MAX_TOLD = 300;

/** With what cannot be sent in the description, so that the model knows it. */
function describe(schema: JsonSchema, told: JsonObject): JsonSchema {
  const rules = Object.entries(told).map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`);
  if (rules.length === 0) return schema;
  const words = [schema['description'], `(${cutText(rules.join(', '), MAX_TOLD)})`];
  return { ...schema, description: words.filter((text) => typeof text === 'string').join(' ') };
}

function spellTypes(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  switch (dialect.types) {
    case 'list':
      return schema;
    case 'branches':
      return inBranches(schema);
    case 'nullable':
      return withNullable(schema);
  }
}

function inBranches(schema: JsonSchema): JsonSchema {
  const { type, description, $defs, definitions, ...rest } = schema;
  if (!Array.isArray(type)) return schema;
  const outside = {
    ...(description !== undefined && { description }),
    ...($defs !== undefined && { $defs }),
    ...(definitions !== undefined && { definitions }),
  };
  const values = Array.isArray(rest['enum']) ? { enum: rest['enum'].filter((value) => value !== null) } : {};
  const [only, ...others] = type.map((name): JsonSchema =>
    name === 'null' ? { type: name } : { ...rest, ...values, type: name },
  );
  return others.length === 0 ? { ...outside, ...only } : { ...outside, anyOf: [only ?? {}, ...others] };
}

/** Where any value is meant, a type must be named all the same. */
const ANY: JsonSchema[] = [
  ...['string', 'number', 'boolean'].map((type): JsonSchema => ({ type })),
  { type: 'array', items: { type: 'string' } },
];

function withNullable(schema: JsonSchema): JsonSchema {
  const spelt = inBranches(schema);
  const { anyOf, ...rest } = spelt;
  if (!Array.isArray(anyOf)) return 'type' in spelt ? spelt : { ...spelt, anyOf: ANY };
  const branches = anyOf.filter((branch) => !isNull(branch));
  if (branches.length === anyOf.length) return spelt;
  const [only] = branches;
  if (branches.length === 1 && isJsonObject(only)) return { ...only, ...rest, nullable: true };
  return { ...rest, anyOf: branches, nullable: true };
}

const isNull = (branch: Json): boolean => isJsonObject(branch) && branch['type'] === 'null';

/** A schema with only one branch beside null as that branch, which may be null. */
export function withoutNullBranch(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, ...rest } = schema;
  const branches = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const others = branches.filter((branch) => !isNull(branch));
  const [only] = others;
  const isSingle = others.length === 1 && branches.length === 2 && isJsonObject(only);
  return isSingle ? withoutNullBranch({ ...only, ...rest, nullable: true }) : schema;
}

function complete(schema: JsonSchema, { objects }: SchemaDialect): JsonSchema {
  const { properties, required } = schema;
  const isMap = schema['additionalProperties'] !== undefined || schema['patternProperties'] !== undefined;
  if (objects === 'as-written' || !isJsonObject(properties)) return schema;
  const closed = isMap ? schema : { ...schema, additionalProperties: false };
  if (objects === 'closed') return closed;
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  const all = Object.entries(properties).map(([name, part]): [string, Json] => [
    name,
    isRequired(name) || !isJsonObject(part) ? part : orNull(part),
  ]);
  return { ...closed, properties: Object.fromEntries(all), required: Object.keys(properties) };
}

/** What may be left out is null instead. */
function orNull(schema: JsonSchema): JsonSchema {
  if (jsonTypesOf(schema)?.has('null') === true) return schema;
  const { type } = schema;
  const isSimple = typeof type === 'string' && !['enum', 'const', 'anyOf'].some((keyword) => keyword in schema);
  return isSimple ? { ...schema, type: [type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}
