import { isJsonObject, jsonOf, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { oneLine } from '../domain/values/printable.js';
import { describeSchema } from '../domain/values/schema-words.js';
import { listedValues, namedTypesOf, readTyped } from '../domain/values/typed-text.js';
import type { FormField } from './elicitation.js';

/** A field of a form for one value, and how the value is read from what a person put there. */
export interface ValueField {
  field: FormField;
  /** Undefined when it cannot be such a value; whether it fits the schema is checked elsewhere. */
  read(content: Json): Json | undefined;
}

/** The field that suits a schema. Without a schema it takes text. */
export function fieldFor(schema: JsonSchema | undefined): ValueField {
  if (schema === undefined) return textField({});
  const listed = listedValues(schema);
  if (listed !== undefined && listed.length > 0) return listField(listed);
  const [type, ...others] = namedTypesOf(schema);
  if (others.length > 0 || type === undefined || schema['type'] !== type) return typedField(schema);
  switch (type) {
    case 'string':
      return textField(schema);
    case 'number':
    case 'integer':
      return { field: { type, ...rulesOf(schema, ['minimum', 'maximum']) }, read: asItIs };
    case 'boolean':
      return { field: { type }, read: asItIs };
    case 'array':
      return severalField(schema) ?? typedField(schema);
    default:
      return typedField(schema);
  }
}

/** A field that takes one of several values: a text as it is where all are texts, else by its place. */
export function listField(values: readonly Json[], titles?: readonly string[]): ValueField {
  const texts = values.filter((value) => typeof value === 'string' && value !== '');
  const areTexts = texts.length === values.length && new Set(texts).size === texts.length;
  const keys = values.map((value, index) => (areTexts && typeof value === 'string' ? value : String(index + 1)));
  const read = (content: Json) => values[keys.findIndex((key) => key === content)];
  if (areTexts && titles === undefined) return { field: { type: 'string', enum: keys }, read };
  const oneOf = keys.map((key, index) => ({ const: key, title: titles?.[index] ?? titleOf(values[index] ?? null) }));
  return { field: { type: 'string', oneOf }, read };
}

function titleOf(value: Json): string {
  return oneLine(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));
}

const FORMATS = ['email', 'uri', 'date', 'date-time'];

function textField(schema: JsonSchema): ValueField {
  const { format } = schema;
  return {
    field: {
      type: 'string',
      ...rulesOf(schema, ['minLength', 'maxLength']),
      ...(typeof format === 'string' && FORMATS.includes(format) && { format }),
    },
    read: asItIs,
  };
}

/** Several of a list of texts, which is the only list that a form can have. */
function severalField(schema: JsonSchema): ValueField | undefined {
  const { items } = schema;
  const listed = isJsonObject(items) ? listedValues(items) : undefined;
  if (listed === undefined || listed.some((value) => typeof value !== 'string')) return undefined;
  const field = {
    type: 'array',
    ...rulesOf(schema, ['minItems', 'maxItems']),
    items: { type: 'string', enum: listed },
  };
  return { field, read: asItIs };
}

/** A value of any other schema, written as a person types it. */
function typedField(schema: JsonSchema): ValueField {
  return {
    field: { type: 'string', description: oneLine(describeSchema(schema)) },
    read: (content) => (typeof content === 'string' ? readTyped(content, schema) : undefined),
  };
}

/** A value of which nothing is known: JSON where it is JSON, else text. */
export const ANY_VALUE: ValueField = {
  field: { type: 'string', description: 'Any JSON value, or text' },
  read: (content) => (typeof content === 'string' ? (jsonOf(content) ?? content) : undefined),
};

function asItIs(content: Json): Json {
  return content;
}

function rulesOf(schema: JsonSchema, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (typeof schema[name] === 'number' ? [[name, schema[name]]] : [])));
}
