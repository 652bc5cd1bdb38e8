import * as z from 'zod';

import { isJsonObject, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { TOOL_EFFECTS } from '../domain/values/tool-effects.js';
import type { Tool } from './tool.js';

const MAX_ID_LENGTH = 64;
const MAX_DESCRIPTION_LENGTH = 16_384;

export const text = z.string().min(1, 'must not be empty');

/** What a program is given: no system takes U+0000. */
export const word = z.string().regex(/^[^\0]*$/, 'must not hold U+0000');

/** The id of a tool that settings declare. */
export const toolIdSchema = z
  .string()
  .regex(/^[^\s,\p{C}]+$/u, 'the id of a tool has no comma and no white space')
  .max(MAX_ID_LENGTH, `the id of a tool has at most ${MAX_ID_LENGTH} characters`);

/** Keys that every tool has which settings declare. */
export const declaredKeys = {
  name: text.exactOptional(),
  /** The planner chooses tools by it. */
  description: text.max(MAX_DESCRIPTION_LENGTH),
  /** JSON Schema of an object. Default: no arguments. */
  args: z
    .custom<JsonSchema>(isJsonObject, 'must be a JSON Schema')
    .refine(
      (schema) => schema['type'] === 'object',
      'must be a JSON Schema of an object, as {"type": "object", "properties": {"name": {"type": "string"}}}',
    )
    .exactOptional(),
  effect: z.enum(TOOL_EFFECTS).exactOptional(),
  sends: z.boolean().exactOptional(),
  is_public: z.boolean().exactOptional(),
  timeout_ms: z.int().positive().exactOptional(),
};

interface DeclaredKeys {
  name?: string;
  description: string;
  args?: JsonSchema;
  is_public?: boolean;
  timeout_ms?: number;
}

/** What a tool says of itself, as the settings do. */
export function declaredTool(
  id: string,
  { name = id, description, is_public: isPublic, timeout_ms: timeoutMs }: DeclaredKeys,
): Pick<Tool, 'id' | 'name' | 'description' | 'isPublic' | 'timeoutMs'> {
  return { id, name, description, isPublic, timeoutMs };
}

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} };

/** The arguments that settings describe. Others are refused, unless the schema says that there may be others. */
export function declaredArguments({ args = NO_ARGUMENTS }: Pick<DeclaredKeys, 'args'>): JsonSchema {
  return OPEN_KEYS.some((key) => key in args) ? args : { ...args, additionalProperties: false };
}

/** Everything in a schema that may allow an argument without naming it under `properties`, or says that none may be. */
const OPEN_KEYS = [
  'additionalProperties',
  ...['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties', 'unevaluatedProperties'],
];

/** Names of the arguments that the schema names. */
export function namedArguments({ properties }: JsonSchema): string[] {
  return isJsonObject(properties) ? Object.keys(properties) : [];
}
