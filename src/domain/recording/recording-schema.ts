import * as z from 'zod';

import { CHANNELS } from '../run/clarification.js';
import { personSchema } from '../run/clarification-schema.js';
import { setup } from '../run/driver-schema.js';
import { isEndUser, type EndUser } from '../run/end-user.js';
import { runErrorSchema } from '../run/run-schema.js';
import { RUN_STATES } from '../run/run-states.js';
import { AGENT_TYPES } from '../values/agent-types.js';
import { HOOK_NAMES } from '../values/hook-names.js';
import { MODEL_PURPOSES, MODEL_ROLES } from '../values/model-roles.js';
import { withDescription } from '../values/schema-meta.js';
import { TOOL_EFFECTS } from '../values/tool-effects.js';

const json = z.json();
const time = z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'It must be a time as 2026-11-30T09:00:00Z');
const count = z.number().int().min(0);
const usage = withDescription(
  z.union([z.tuple([count, count, count]), z.tuple([count, count, count, z.literal(true)])]),
  'Calls, tokens in, tokens out, and whether that is an estimate',
);
const object = z.record(z.string(), json);
const at = withDescription(z.string(), 'Where it was asked: step path, attempt and number');
const path = withDescription(z.string().optional(), 'Path of the step, where at does not begin with it');

const toolDefinition = z.strictObject({
  ...{ id: z.string(), name: z.string(), description: z.string(), effect: z.enum(TOOL_EFFECTS) },
  source: z.enum(['builtin', 'module', 'program', 'http', 'mcp', 'stub']),
  ...{
    input_schema: object,
    output_schema: object.optional(),
    sends: z.boolean().optional(),
    is_public: z.boolean().optional(),
  },
});

export const headerSchema = z.strictObject({
  recording: withDescription(z.literal(1), 'The version of the form'),
  portia: withDescription(z.string(), 'The version of portia that wrote it'),
  clock: withDescription(time, 'The time that expressions and prompts see'),
  plan: object,
  plan_digest: z.string(),
  inner_plans: z.array(object).optional(),
  inputs: object,
  end_user_id: z.string(),
  end_user: z.custom<EndUser>(isEndUser).optional(),
  by: personSchema.optional(),
  agent: z.enum(AGENT_TYPES).optional(),
  setup: setup.optional(),
  tools: z.array(toolDefinition).optional(),
  tried_again: z.strictObject({ failed: count, unavailable: count }).optional(),
  cancelled: z.literal(true).optional(),
});

const failure = { kind: z.literal('failure') };
const late = z.strictObject({ kind: z.literal('late') });
const modelEnd = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('reply'), text: z.string(), toolCalls: z.array(json).default([]), usage },
    value: json.optional(),
  }),
  z.strictObject({
    ...failure,
    error: runErrorSchema,
    usage: usage.optional(),
    broken: z.literal(true).optional(),
  }),
  late,
]);
const toolEnd = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('output'), value: json }),
  z.strictObject({ kind: z.literal('too-large'), digest: z.string(), bytes: count }),
  z.strictObject({
    ...{ kind: z.literal('clarifications'), clarifications: z.array(object), kept: json.optional() },
    may_have_acted: z.literal(true).optional(),
  }),
  z.strictObject({
    ...{ ...failure, message: z.string(), retryable: z.boolean(), not_done: z.boolean() },
    unavailable: z.boolean().optional(),
  }),
  late,
]);

/** A call, a question or what else came from outside. */
export const callSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{
      kind: z.literal('model'),
      at,
      path,
      role: z.enum(MODEL_ROLES).default('execution'),
      purpose: z.enum(MODEL_PURPOSES).optional(),
    },
    ...{ model: z.string(), asked: z.record(z.string(), z.string()).optional(), wording: z.string() },
    ...{ tokens: count.optional(), request: json.optional(), end: modelEnd.optional() },
  }),
  z.strictObject({
    ...{ kind: z.literal('tool'), at, path, tool: z.string(), effect: z.enum(TOOL_EFFECTS), args: object },
    ...{ facts: object.optional(), end: toolEnd.optional(), usage: usage.optional() },
  }),
  z.strictObject({
    ...{ kind: z.literal('hook'), at, path, hook: z.enum(HOOK_NAMES), reply: json.optional() },
    error: runErrorSchema.optional(),
  }),
  z.strictObject({
    ...{ kind: z.literal('question'), at, path, question: object, expired: z.literal(true).optional() },
    answers: z.array(
      z.strictObject({
        ...{ response: json, channel: z.enum(CHANNELS), by: personSchema.optional(), reason: z.string().optional() },
      }),
    ),
  }),
  z.strictObject({ kind: z.literal('wait'), at, path, until: time }),
  z.strictObject({ kind: z.literal('signal'), at, path, event: z.string(), key: z.string(), data: json }),
  z.strictObject({ kind: z.literal('settled'), at, path, how: z.enum(['done', 'skipped']), value: json.optional() }),
]);

export const endSchema = z.strictObject({
  end: z.strictObject({ state: z.enum(RUN_STATES), error: runErrorSchema.optional(), output: json.optional() }),
  steps: withDescription(
    z.record(z.string(), z.union([z.string(), z.strictObject({ failed: runErrorSchema })])),
    'How each step ended: skipped, failed, or the first digits of the SHA-256 of its output',
  ),
});

/** The last line: it vouches for those before it. */
export const sumSchema = z.strictObject({
  lines: withDescription(count, 'How many there are before this one'),
  digest: withDescription(z.string(), 'SHA-256 of their bytes'),
});

/** One line of a recording. */
export const recordingLineSchema = z.union([headerSchema, callSchema, endSchema, sumSchema]);
