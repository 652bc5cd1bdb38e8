import * as z from 'zod';

import type { JsonSchema } from '../domain/values/json.js';
import { stepSchema } from '../domain/plan/plan-schema.js';

/** A person cannot read a plan that is longer than this. */
const MAX_STEPS = 200;
const MAX_TASK = 10_000;
const MAX_NAME = 200;

const wellFormed = (text: string) => !/\p{Cs}/u.test(text);
const text = (max: number) =>
  z
    .string()
    .max(max, `must not be longer than ${max} characters`)
    .refine(wellFormed, 'must not hold broken characters (lone surrogates)')
    .transform((value) => value.trim());
const optionalText = text(MAX_TASK)
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? undefined : value));

const inputSchema = z.union([
  z.object({ name: text(MAX_NAME), description: text(MAX_TASK).nullish() }),
  // Small models often give the bare name.
  text(MAX_NAME).transform((name) => ({ name, description: undefined })),
]);

export const replyStepSchema = z.object({
  task: text(MAX_TASK),
  inputs: z
    .array(inputSchema)
    .nullish()
    .transform((inputs) => inputs ?? []),
  tool_id: text(MAX_NAME)
    .nullish()
    .transform((id) => (id === undefined || id === '' ? null : id)),
  output: text(MAX_NAME),
  condition: optionalText,
  when: optionalText,
  writes: z
    .array(text(MAX_NAME))
    .nullish()
    .transform((globs) => (globs?.length ? globs : undefined)),
});

/** Of a step of the plan that is refined. Small models often give it as a text. */
const stepNumber = z.union(
  [z.number().int(), z.string().regex(/^\d+$/).transform(Number)],
  'must be the number of a step so far',
);

/** A reference to a step of the plan that is refined. */
export const keptStepSchema = z.object({ keep: stepNumber });

/** Such a step with something else in it, in the language of plans: kinds that a reply cannot plan can change, too. */
export const changedStepSchema = z.object({ change: stepNumber, step: stepSchema });

/** What the planning model replies; either steps or an error. */
export const planReplySchema = z.object({
  steps: z
    .array(z.looseObject({}))
    .max(MAX_STEPS, `must not have more than ${MAX_STEPS} steps`)
    .nullish()
    .transform((steps) => steps ?? []),
  error: optionalText,
});

export type ReplyStep = z.infer<typeof replyStepSchema>;

// Without descriptions: the instructions say what the keys are, and a small model waits for every word.
const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

const STEP_JSON_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    task: TEXT,
    inputs: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: TEXT, description: TEXT },
        required: ['name', 'description'],
        additionalProperties: false,
      },
    },
    tool_id: TEXT_OR_NULL,
    output: TEXT,
    condition: TEXT_OR_NULL,
    when: TEXT_OR_NULL,
    writes: { type: ['array', 'null'], items: TEXT },
  },
  required: ['task', 'inputs', 'tool_id', 'output', 'condition', 'when', 'writes'],
  additionalProperties: false,
};

const KEPT_STEP_JSON_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { keep: { type: 'integer', description: 'Number of a step so far that stays as it is.' } },
  required: ['keep'],
  additionalProperties: false,
};

const CHANGED_STEP_JSON_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    change: { type: 'integer', description: 'Number of a step so far that is shown whole.' },
    step: { type: 'object', description: 'The whole step with what is different.' },
  },
  required: ['change', 'step'],
  additionalProperties: false,
};

/** The same as a JSON Schema for the endpoint. Every key is required, because strict endpoints ask for that. */
export function planReplyJsonSchema({ canKeep }: { canKeep: boolean }): JsonSchema {
  return {
    type: 'object',
    properties: {
      steps: {
        type: 'array',
        items: canKeep
          ? { anyOf: [STEP_JSON_SCHEMA, KEPT_STEP_JSON_SCHEMA, CHANGED_STEP_JSON_SCHEMA] }
          : STEP_JSON_SCHEMA,
      },
      error: TEXT_OR_NULL,
    },
    required: ['steps', 'error'],
    additionalProperties: false,
  };
}
