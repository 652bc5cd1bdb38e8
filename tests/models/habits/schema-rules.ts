import { isJsonObject, type JsonSchema } from '../../../src/domain/values/json.js';
import { changeParts } from '../../../src/domain/values/schema-parts.js';

/** What a provider refuses of one schema and those inside it: the reason, or undefined. As its documentation says. */
export type SchemaRule = (schema: JsonSchema, isRoot: boolean) => string | undefined;

/** The first reason to refuse a schema. */
export function refusalOf(schema: JsonSchema, rule: SchemaRule): string | undefined {
  let reason = rule(schema, true);
  const visit = (part: JsonSchema): JsonSchema => {
    reason ??= rule(part, false);
    return changeParts(part, visit);
  };
  changeParts(schema, visit);
  return reason;
}

const otherThan = (schema: JsonSchema, allowed: readonly string[]): string | undefined => {
  const keyword = Object.keys(schema).find((name) => !allowed.includes(name));
  return keyword === undefined ? undefined : `Unknown keyword ${keyword}`;
};
const isObject = ({ type }: JsonSchema): boolean => [type].flat().includes('object');
const namesOf = ({ properties }: JsonSchema): string[] => (isJsonObject(properties) ? Object.keys(properties) : []);

const objectRoot: SchemaRule = (schema, isRoot) =>
  isRoot && (schema['type'] !== 'object' || 'anyOf' in schema) ? 'schema must be of type "object"' : undefined;

const closed: SchemaRule = (schema) =>
  isObject(schema) && schema['additionalProperties'] !== false ? 'additionalProperties must be false' : undefined;

const complete: SchemaRule = (schema) => {
  const { required } = schema;
  const all = Array.isArray(required) && namesOf(schema).every((name) => required.includes(name));
  return isObject(schema) && !all ? 'required must have every key in properties' : undefined;
};

const withoutBeside: SchemaRule = (schema) =>
  '$ref' in schema && Object.keys(schema).some((key) => !['$ref', '$defs'].includes(key))
    ? '$ref cannot have other keywords'
    : undefined;

const typed: SchemaRule = (schema) =>
  ['type', 'anyOf', '$ref'].some((key) => key in schema) ? undefined : 'schema must have a type';

const listed: SchemaRule = (schema) =>
  schema['type'] === 'array' && !('items' in schema || 'prefixItems' in schema)
    ? 'array schema missing items'
    : undefined;

const singleType: SchemaRule = ({ type }) => (Array.isArray(type) ? 'cannot start list' : undefined);

const only =
  (...keywords: string[]): SchemaRule =>
  (schema) =>
    otherThan(schema, keywords);

const without =
  (...keywords: string[]): SchemaRule =>
  (schema) => {
    const found = keywords.find((keyword) => keyword in schema);
    return found === undefined ? undefined : `${found} is not supported`;
  };

const all =
  (...rules: SchemaRule[]): SchemaRule =>
  (schema, isRoot) => {
    for (const rule of rules) {
      const reason = rule(schema, isRoot);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };

const textsOnly: SchemaRule = ({ enum: values }) =>
  Array.isArray(values) && !values.every((value) => typeof value === 'string') ? 'enum must be strings' : undefined;

const named: SchemaRule = (schema) =>
  schema['type'] === 'object' && namesOf(schema).length === 0 ? 'should be non-empty for OBJECT type' : undefined;

const knownFormats: SchemaRule = ({ format }) =>
  format === undefined || format === 'date-time' ? undefined : 'only enum and date-time are supported for STRING type';

/** When a schema is sent to be kept to strictly. */
export const OPENAI_STRICT = all(
  objectRoot,
  closed,
  complete,
  withoutBeside,
  typed,
  listed,
  only(
    ...['type', 'title', 'description', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const'],
    ...['anyOf', '$ref', '$defs', 'definitions'],
  ),
);

/** When it is sent as advice. */
export const OPENAI_LOOSE = all(objectRoot, listed);

export const GEMINI = all(
  objectRoot,
  typed,
  singleType,
  listed,
  named,
  textsOnly,
  knownFormats,
  only(
    ...['type', 'title', 'description', 'properties', 'required', 'items', 'enum', 'anyOf', 'nullable', 'format'],
    ...['minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern'],
  ),
);

const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'];
const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];

export const ANTHROPIC = all(
  objectRoot,
  closed,
  singleType,
  without(...SIZES, ...NUMBERS, 'pattern', 'oneOf', 'not', 'if', 'patternProperties', 'prefixItems'),
);

export const CEREBRAS = all(OPENAI_STRICT, without('$ref', '$defs'));
export const XAI = all(objectRoot, without(...SIZES.slice(0, 4), 'contains', 'allOf'));
export const FIREWORKS = all(objectRoot, without(...SIZES.slice(0, 4), 'pattern', 'oneOf'));
