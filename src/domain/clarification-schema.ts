import * as z from 'zod';

import { idPattern, isClarificationId, type ClarificationId } from './ids.js';
import type { Json, JsonObject, JsonSchema } from './json.js';

const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value').describe('Any JSON value');
const object = z.custom<JsonObject>().meta({ type: 'object' });
const valueSchema = z
  .custom<JsonSchema>()
  .meta({ type: 'object' })
  .optional()
  .describe('JSON Schema that the answer must fit');

const base = {
  id: z
    .custom<ClarificationId>(isClarificationId, 'must be clar- and a UUID')
    .meta({ type: 'string', pattern: idPattern('clar') }),
  plan_run_id: z.string().nullable().default(null),
  response: json.nullable().default(null).describe('The answer; null until there is one'),
  step: z.number().int().nullable().default(null).describe('Index of the top-level step'),
  user_guidance: z.string().describe('The question'),
  resolved: z.boolean().default(false),
  source: z.string().nullable().default(null).describe('Who asks, for people'),
  path: z.string().optional().describe('Path of the step that asks; absent in files of the reference'),
  key: z.string().optional().describe('Key of the effect that asks: the same question is never raised twice'),
  output: z.string().optional().describe("Name of that step's output, so that answers can name it"),
  raised_at: z.string().optional().describe('ISO 8601, UTC'),
  resolved_at: z.string().optional().describe('ISO 8601, UTC'),
  channel: z.string().optional().describe('How the answer came: prompt, flag, file, api or import'),
};

const argument = { argument_name: z.string(), schema: valueSchema };

const call = {
  tool_id: z.string().optional().describe('The tool that a yes would call'),
  args: object.optional().describe('Exactly these arguments'),
};

export const clarificationSchema = z
  .discriminatedUnion('category', [
    z
      .looseObject({
        category: z.literal('Action'),
        ...base,
        action_url: z.string(),
        require_confirmation: z.boolean().default(false),
      })
      .describe('A person has to do something elsewhere'),
    z.looseObject({ category: z.literal('Input'), ...base, ...argument }).describe('A value is wanted'),
    z
      .looseObject({
        category: z.literal('Multiple Choice'),
        ...base,
        argument_name: z.string(),
        options: z.array(json),
        unknown_outcome: z
          .boolean()
          .optional()
          .describe('Set when the question is what became of a call whose outcome is unknown'),
        ...call,
      })
      .describe('One of several values is wanted'),
    z
      .looseObject({
        category: z.literal('Value Confirmation'),
        ...base,
        ...argument,
        value: json.optional().describe('What a yes confirms; the reference keeps it in response'),
      })
      .describe('A value is to be confirmed'),
    z
      .looseObject({
        category: z.literal('User Verification'),
        ...base,
        ...call,
        facts: object
          .optional()
          .describe('What the call would act upon, as it was when it was asked: a yes holds for nothing else'),
      })
      .describe('A person has to agree'),
    z
      .looseObject({
        category: z.literal('Custom'),
        ...base,
        name: z.string(),
        data: z.record(z.string(), json).default({}),
      })
      .describe('A question of a tool’s own kind'),
  ])
  .meta({ id: 'Clarification' });

export type Clarification = z.infer<typeof clarificationSchema>;
