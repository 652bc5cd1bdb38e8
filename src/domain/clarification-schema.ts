import * as z from 'zod';

import { isClarificationId, type ClarificationId } from './ids.js';
import type { Json, JsonObject, JsonSchema } from './json.js';

const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value');

const base = {
  id: z.custom<ClarificationId>(isClarificationId, 'must be clar- and a UUID'),
  plan_run_id: z.string().nullable().default(null),
  response: json.nullable().default(null),
  /** Index of the top-level step. */
  step: z.number().int().nullable().default(null),
  user_guidance: z.string(),
  resolved: z.boolean().default(false),
  /** Who asks, for people. */
  source: z.string().nullable().default(null),
  /** Path of the step that asks; absent in files of the reference. */
  path: z.string().optional(),
  /** Key of the effect that asks: the same question is never raised twice. */
  key: z.string().optional(),
  /** Name of that step's output, so that answers can name it. */
  output: z.string().optional(),
  raised_at: z.string().optional(),
  resolved_at: z.string().optional(),
  channel: z.string().optional(),
};

const argument = { argument_name: z.string(), schema: z.custom<JsonSchema>().optional() };

/** What a yes would do: the tool and exactly these arguments. */
const call = { tool_id: z.string().optional(), args: z.custom<JsonObject>().optional() };

export const clarificationSchema = z.discriminatedUnion('category', [
  z.looseObject({
    category: z.literal('Action'),
    ...base,
    action_url: z.string(),
    require_confirmation: z.boolean().default(false),
  }),
  z.looseObject({ category: z.literal('Input'), ...base, ...argument }),
  z.looseObject({
    category: z.literal('Multiple Choice'),
    ...base,
    argument_name: z.string(),
    options: z.array(json),
    /** Set when the question is what became of a call whose outcome is unknown. */
    unknown_outcome: z.boolean().optional(),
    ...call,
  }),
  /** `value` is what a yes confirms; the reference keeps it in `response`. */
  z.looseObject({ category: z.literal('Value Confirmation'), ...base, ...argument, value: json.optional() }),
  z.looseObject({
    category: z.literal('User Verification'),
    ...base,
    ...call,
    /** What the call would act upon, as it was when it was asked: a yes holds for nothing else. */
    facts: z.custom<JsonObject>().optional(),
  }),
  z.looseObject({
    category: z.literal('Custom'),
    ...base,
    name: z.string(),
    data: z.record(z.string(), json).default({}),
  }),
]);

export type Clarification = z.infer<typeof clarificationSchema>;
