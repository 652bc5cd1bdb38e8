import * as z from 'zod';

import { isJsonObject, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { STEP_KINDS } from '../domain/plan/step-kinds/step-kinds.js';

/**
 * The forms that a model is asked to plan in: with every kind of step, or with agent steps alone, which small models can
 * write. A reply in either is understood.
 */
export const PLAN_FORMS = ['full', 'simple'] as const;
export type PlanForm = (typeof PLAN_FORMS)[number];

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

const object = z.custom<JsonObject>(isJsonObject, 'must be an object');

/** An agent step of a reply, after it was mended; keys of every step stay beside these. */
export const replyStepSchema = z.looseObject({
  task: text(MAX_TASK).refine((value) => value !== '', 'must not be empty'),
  inputs: z
    .array(z.object({ name: text(MAX_NAME), description: text(MAX_TASK).nullish() }))
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

/** Such a step with something else in it, in the language of plans. */
export const changedStepSchema = z.object({ change: stepNumber, step: object });

/** What the planning model replies; either steps or an error. */
export const planReplySchema = z.object({
  steps: z
    .array(object)
    .max(MAX_STEPS, `must not have more than ${MAX_STEPS} steps`)
    .nullish()
    .transform((steps) => steps ?? []),
  plan_inputs: z
    .array(z.union([object, text(MAX_NAME).transform((name): JsonObject => ({ name }))]))
    .max(MAX_STEPS)
    .nullish()
    .transform((inputs) => inputs ?? []),
  output_schema: object.nullish().transform((schema) => schema ?? undefined),
  error: optionalText,
});

export type ReplyStep = z.infer<typeof replyStepSchema>;

// Without descriptions: the instructions say what the keys are, and a small model waits for every word.
const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };
const WHOLE_NUMBER = { type: 'integer' };
const OBJECT = { type: 'object' };
const OBJECTS = { type: 'array', items: OBJECT };

const SIMPLE_STEP: JsonSchema = {
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

// What stands in blocks is not spelled out again: many servers refuse schemas that refer to themselves.
const FULL_STEP: JsonSchema = {
  type: 'object',
  properties: {
    kind: { enum: Object.keys(STEP_KINDS) },
    task: TEXT,
    inputs: {},
    tool_id: TEXT_OR_NULL,
    args: OBJECT,
    expression: TEXT,
    message: TEXT,
    options: {},
    schema: OBJECT,
    on_no: { enum: ['end', 'continue'] },
    branches: OBJECTS,
    else: OBJECTS,
    over: {},
    as: TEXT,
    steps: OBJECTS,
    collect: TEXT,
    max_iterations: WHOLE_NUMBER,
    on_limit: { enum: ['fail', 'stop'] },
    max_parallel: WHOLE_NUMBER,
    tools: { type: 'array', items: TEXT },
    max_tool_calls: WHOLE_NUMBER,
    may_ask: { type: 'boolean' },
    plan: {},
    error: { type: 'boolean' },
    output: TEXT,
    output_schema: OBJECT,
    when: TEXT,
    condition: TEXT,
    writes: { type: 'array', items: TEXT },
    retries: WHOLE_NUMBER,
    timeout_ms: WHOLE_NUMBER,
    on_error: {},
    assignees: { type: 'array', items: TEXT },
    approvers: OBJECT,
    expires_in: TEXT,
    on_expiry: {},
  },
};

const KEPT_STEP: JsonSchema = {
  type: 'object',
  properties: { keep: { type: 'integer', description: 'Number of a step so far that stays as it is.' } },
  required: ['keep'],
  additionalProperties: false,
};

const CHANGED_STEP: JsonSchema = {
  type: 'object',
  properties: {
    change: { type: 'integer', description: 'Number of a step so far that is shown whole.' },
    step: { type: 'object', description: 'The whole step with what is different.' },
  },
  required: ['change', 'step'],
  additionalProperties: false,
};

/** The same as a JSON Schema for the endpoint. In the simple form every key is required, because strict endpoints ask for that. */
export function planReplyJsonSchema({ form, canKeep }: { form: PlanForm; canKeep: boolean }): JsonSchema {
  if (form === 'simple') {
    const items = canKeep ? { anyOf: [SIMPLE_STEP, KEPT_STEP, CHANGED_STEP] } : SIMPLE_STEP;
    return {
      type: 'object',
      properties: { steps: { type: 'array', items }, error: TEXT_OR_NULL },
      required: ['steps', 'error'],
      additionalProperties: false,
    };
  }
  const items = canKeep ? { anyOf: [KEPT_STEP, FULL_STEP] } : FULL_STEP;
  const input = {
    type: 'object',
    properties: { name: TEXT, description: TEXT, schema: OBJECT, default: {} },
    required: ['name'],
  };
  return {
    type: 'object',
    properties: {
      plan_inputs: { type: 'array', items: input },
      steps: { type: 'array', items },
      output_schema: OBJECT,
      error: TEXT_OR_NULL,
    },
    required: ['steps', 'error'],
  };
}
