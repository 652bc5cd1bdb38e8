import * as z from 'zod';

import { isJsonObject, toJson, type JsonSchema } from './json.js';

/** Whether it is a schema of zod 4; by shape, because whoever wrote it may bring a copy of zod of their own. */
export function isZodSchema(schema: unknown): schema is z.ZodType {
  return typeof schema === 'object' && schema !== null && '_zod' in schema && isJsonObject(schema._zod);
}

/** Changes the JSON Schema of one part of a schema. */
export type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** The JSON Schema of values before the schema has parsed them. Throws an Error for what JSON Schema cannot say. */
export function jsonSchemaOf(schema: z.ZodType, override?: Override): JsonSchema {
  const json = toJson(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', ...(override && { override }) }));
  if (!json.ok) throw new Error(json.problem);
  if (!isJsonObject(json.value)) throw new Error('it is not an object');
  const { $schema: _draft, '~standard': _standard, ...written } = json.value;
  return written;
}
