import * as z from 'zod';

import { described, named } from '../values/described.js';
import { idPattern, isClarificationId, type ClarificationId } from '../values/ids.js';
import type { Json, JsonObject, JsonSchema } from '../values/json.js';

const json = described(
  z.custom<Json>((value) => value !== undefined, 'must be a JSON value'),
  'Any JSON value',
);
const object = named(z.custom<JsonObject>(), { type: 'object' });
const valueSchema = described(
  named(z.custom<JsonSchema>(), { type: 'object' }).optional(),
  'JSON Schema that the answer must fit',
);

/** Who answered or confirmed. */
export const personSchema = described(
  z.looseObject({
    user: z.string(),
    host: z.string(),
    name: described(z.string().optional(), 'As it was given with --by'),
  }),
  'Who did it: the user and the machine',
);

const base = {
  id: named(z.custom<ClarificationId>(isClarificationId, 'must be clar- and a UUID'), {
    type: 'string',
    pattern: idPattern('clar'),
  }),
  plan_run_id: z.string().nullable().default(null),
  response: described(json.nullable().default(null), 'The answer; null until there is one'),
  step: described(z.number().int().nullable().default(null), 'Index of the top-level step'),
  user_guidance: described(z.string(), 'The question'),
  resolved: z.boolean().default(false),
  source: described(z.string().nullable().default(null), 'Who asks, for people'),
  path: described(z.string().optional(), 'Path of the step that asks; absent in files of the Python SDK'),
  key: described(z.string().optional(), 'Key of the effect that asks: the same question is never raised twice'),
  output: described(z.string().optional(), "Name of that step's output, so that answers can name it"),
  raised_at: described(z.string().optional(), 'ISO 8601, UTC'),
  resolved_at: described(z.string().optional(), 'ISO 8601, UTC'),
  channel: described(z.string().optional(), 'How the answer came: prompt, flag, file, api or import'),
  asked: described(z.string().optional(), 'Digest of what was asked when the answer came: it holds for nothing else'),
  replaces: described(z.string().optional(), 'The earlier question that this one asks again, about what is now'),
  answered_by: personSchema.optional(),
};

const argument = { argument_name: z.string(), schema: valueSchema };

const call = {
  tool_id: described(z.string().optional(), 'The tool that a yes would call'),
  args: described(object.optional(), 'Exactly these arguments'),
  tool_fingerprint: described(z.string().optional(), "Of the tool when it was asked; absent for portia's own tools"),
};

export const clarificationSchema = named(
  z.discriminatedUnion('category', [
    described(
      z.looseObject({
        category: z.literal('Action'),
        ...base,
        action_url: z.string(),
        require_confirmation: z.boolean().default(false),
      }),
      'A person has to do something elsewhere',
    ),
    described(z.looseObject({ category: z.literal('Input'), ...base, ...argument }), 'A value is wanted'),
    described(
      z.looseObject({
        category: z.literal('Multiple Choice'),
        ...base,
        argument_name: z.string(),
        options: z.array(json),
        unknown_outcome: described(
          z.boolean().optional(),
          'Set when the question is what became of a call whose outcome is unknown',
        ),
        ...call,
      }),
      'One of several values is wanted',
    ),
    described(
      z.looseObject({
        category: z.literal('Value Confirmation'),
        ...base,
        ...argument,
        value: described(json.optional(), 'What a yes confirms; the Python SDK keeps it in response'),
      }),
      'A value is to be confirmed',
    ),
    described(
      z.looseObject({
        category: z.literal('User Verification'),
        ...base,
        ...call,
        facts: described(
          object.optional(),
          'What the call would act upon, as it was when it was asked: a yes holds for nothing else',
        ),
      }),
      'A person has to agree',
    ),
    described(
      z.looseObject({
        category: z.literal('Custom'),
        ...base,
        name: z.string(),
        data: z.record(z.string(), json).default({}),
      }),
      'A question of a tool’s own kind',
    ),
  ]),
  { id: 'Clarification' },
);

export type Clarification = z.infer<typeof clarificationSchema>;
