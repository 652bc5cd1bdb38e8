import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { planReplyJsonSchema } from '../../../src/planner/plan-reply.js';

/** A schema that somebody may write, and a value of it. */
export interface SchemaExample {
  name: string;
  schema: JsonSchema;
  value: Json;
  /** What a server that has no way to leave properties out writes instead of the value. */
  withNulls?: Json;
}

const text: JsonSchema = { type: 'string' };
const whole = (properties: JsonSchema): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

export const SCHEMA_EXAMPLES: SchemaExample[] = [
  {
    name: 'limits of texts and numbers',
    schema: whole({
      code: { type: 'string', pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 },
      mail: { type: 'string', format: 'email', default: 'a@b.org' },
      share: { type: 'number', minimum: 0, exclusiveMaximum: 1, multipleOf: 0.5 },
      list: { type: 'array', items: text, minItems: 1, maxItems: 2, uniqueItems: true },
    }),
    value: { code: 'ABC', mail: 'a@b.org', share: 0.5, list: ['a'] },
  },
  {
    name: 'properties that may be left out',
    schema: {
      type: 'object',
      properties: { city: text, code: { type: 'string', enum: ['a', 'b'] }, more: whole({ x: text }) },
      required: ['city'],
    },
    value: { city: 'Oslo' },
    withNulls: { city: 'Oslo', code: null, more: null },
  },
  { name: 'a list', schema: { type: 'array', items: text }, value: ['a', 'b'] },
  { name: 'a list of anything', schema: { type: 'array' }, value: ['a', 1] },
  { name: 'a text', schema: text, value: 'red' },
  { name: 'one of some texts', schema: { enum: ['red', 'green'] }, value: 'red' },
  { name: 'a whole number', schema: { type: 'integer', minimum: 1 }, value: 3 },
  { name: 'yes or no', schema: { type: 'boolean' }, value: false },
  { name: 'one of some numbers', schema: whole({ n: { enum: [1, 2] } }), value: { n: 2 } },
  { name: 'a constant', schema: whole({ kind: { const: 'a' }, no: { const: 7 } }), value: { kind: 'a', no: 7 } },
  { name: 'what may be null', schema: whole({ n: { type: ['integer', 'null'] } }), value: { n: null } },
  { name: 'two types', schema: whole({ n: { type: ['integer', 'string'] } }), value: { n: 'x' } },
  { name: 'two objects', schema: { anyOf: [whole({ a: text }), whole({ b: text })] }, value: { b: 'x' } },
  {
    name: 'one of two objects',
    schema: { oneOf: [whole({ kind: { const: 'a' } }), whole({ kind: { const: 'b' } })] },
    value: { kind: 'b' },
  },
  {
    name: 'all of two objects',
    schema: whole({ both: { allOf: [whole({ a: text }), whole({ b: text })] } }),
    value: { both: { a: 'x', b: 'y' } },
  },
  {
    name: 'a reference',
    schema: {
      ...whole({ at: { $ref: '#/$defs/City', description: 'Where.' } }),
      $defs: { City: whole({ name: text }) },
    },
    value: { at: { name: 'Oslo' } },
  },
  {
    name: 'a reference at the root',
    schema: { $ref: '#/definitions/City', definitions: { City: whole({ name: text }) } },
    value: { name: 'Oslo' },
  },
  {
    name: 'a reference to itself',
    schema: { type: 'object', properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }, required: ['next'] },
    value: { next: { next: null } },
  },
  {
    name: 'a list that refers to itself',
    schema: { type: 'array', items: { anyOf: [text, { $ref: '#' }] } },
    value: ['a', ['b', []]],
  },
  {
    name: 'properties of any name',
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    value: { x: 1 },
  },
  { name: 'a part of any kind', schema: whole({ any: {} }), value: { any: [1, { x: 'y' }] } },
  { name: 'anything', schema: {}, value: { free: true } },
  {
    name: 'a condition',
    schema: { ...whole({ a: text }), if: { properties: { a: { const: 'x' } } }, else: { required: ['a'] } },
    value: { a: 'x' },
  },
  {
    name: 'a pair',
    schema: whole({ pair: { type: 'array', prefixItems: [text, { type: 'integer' }] } }),
    value: { pair: ['a', 1] },
  },
  { name: 'no type at the root', schema: { properties: { a: text }, required: ['a'] }, value: { a: 'x' } },
  {
    name: 'the reply of the planner',
    schema: planReplyJsonSchema({ form: 'simple', canKeep: false }),
    value: { steps: [], error: 'no' },
  },
  {
    name: 'a refined plan',
    schema: planReplyJsonSchema({ form: 'simple', canKeep: true }),
    value: { steps: [{ keep: 1 }], error: null },
  },
  {
    name: 'a plan of any steps',
    schema: planReplyJsonSchema({ form: 'full', canKeep: true }),
    value: {
      steps: [{ keep: 1 }, { kind: 'tool', tool_id: 't', args: { to: ['a'], much: 1 }, output: '$x' }],
      error: null,
    },
  },
];
