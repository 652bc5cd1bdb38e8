import * as z from 'zod';

import { placeShape } from './place.js';
import { MODEL_PURPOSES, MODEL_ROLES } from '../values/model-roles.js';
import { ALL_REPLY_KEYS, HOOK_NAMES } from '../values/hook-names.js';
import { TOOL_EFFECTS } from '../values/tool-effects.js';
import { json, jsonObject, planId, runId } from '../values/schema-atoms.js';
import { withDescription, withSchema } from '../values/schema-meta.js';
import { callProcess, driver, setup } from './driver-schema.js';
import { personSchema } from './clarification-schema.js';
import { channel, QUESTION_SHAPES } from './question-shapes.js';
import type { ClarificationRequest } from './clarification.js';
import type { EventBody, EventOf } from './events.js';
import type { StreamEvent } from './stream-event.js';
import { usageSchema } from '../plan/usage-schema.js';
import {
  agentSchema,
  awaitedSchema,
  failedItemsSchema,
  itemCountSchema,
  itemsSchema,
  outputSchema,
  parentRunSchema,
  runErrorSchema,
  runSchema,
  traceparentSchema,
  untilSchema,
} from './run-schema.js';
import { PAUSE_REASONS, RUN_STATES } from './run.js';

const path = withDescription(z.string(), 'Path of the step: 2, 3.branches.0.steps.1, 4[2].steps.0');
const key = withDescription(z.string(), 'Key of the effect: step path, attempt and number');
const ms = withDescription(z.number(), 'How long it took, in milliseconds');
const attempt = withDescription(z.number().int(), '1 on the first try; grows only after a failure');
const idempotencyKey = withDescription(z.string(), 'The same for every repetition of the call');

const recorded = withSchema(
  z.union([
    z.looseObject({ value: json }),
    z.looseObject({ memory: z.looseObject({ digest: z.string().optional(), bytes: z.number().optional() }) }),
  ]),
  { id: 'Recorded', description: "A value, or a reference to a large one in the run's memory" },
);

const request = withSchema(z.custom<ClarificationRequest>(), {
  type: 'object',
  properties: { category: { type: 'string' }, user_guidance: { type: 'string' } },
  required: ['category', 'user_guidance'],
});

const outcome = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('output'),
    output: recorded,
    summary: z.string().optional(),
    created: withDescription(z.array(z.string()).optional(), 'Files that the call made'),
    read: withDescription(
      z.array(z.looseObject({ file: z.string(), digest: z.string() })).optional(),
      'Files that the call read, with the SHA-256 of their bytes',
    ),
  }),
  z.looseObject({
    kind: z.literal('clarifications'),
    clarifications: z.array(request),
    kept: json.exactOptional(),
    may_have_acted: z.literal(true).exactOptional(),
  }),
  z.looseObject({
    kind: withDescription(z.literal('too-large'), 'The call was made, and gave more than a run keeps'),
    digest: withDescription(z.string(), 'SHA-256 of the JSON text of what it gave'),
    bytes: withDescription(z.number(), 'Length of that text'),
    created: withDescription(z.array(z.string()).optional(), 'Files that the call made'),
  }),
]);

const call = { key, path, tool_id: z.string() };
const endUserData = withDescription(
  z.array(z.string()).optional(),
  'Names of what the call kept of the end user, or forgot',
);
const keptRequest = z.object({ digest: z.string(), bytes: z.number(), value: z.json().optional() });
const modelCalls = withDescription(
  keptRequest.optional(),
  'What models were sent by the tool, and what they said, with record_requests: here, or in the memory of the run',
);
const repair = withDescription(
  keptRequest.optional(),
  'With record_requests, the first reply, which could not be used, and what the model was told about it',
);
const modelCall = { key, path };
const hookCall = {
  key: withDescription(z.string(), 'Key of what the hook was called for'),
  path: path.optional(),
  hook: z.enum(HOOK_NAMES),
};

function event<Type extends EventBody['type'], Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return withSchema(
    z.looseObject({
      v: z.literal(1),
      seq: withDescription(z.number().int().min(1), '1, 2, 3 … without gaps'),
      ts: withDescription(z.string(), 'When it was recorded: ISO 8601, UTC. Order comes from seq'),
      type: z.literal(type),
      run_id: runId,
      prev: withDescription(
        z.string().optional(),
        'SHA-256 of the line before it; absent in the first event and in older logs',
      ),
      log_digest: withDescription(
        z.string().optional(),
        'In the last event of a drive: SHA-256 of the whole log before it',
      ),
      signature: withDescription(
        z.looseObject({ key: z.string(), value: z.string() }).optional(),
        'Ed25519, over the event without this key; "key" is the fingerprint of the public key',
      ),
      ...shape,
    }),
    { title: type },
  );
}

const usageInside = withDescription(
  usageSchema.optional(),
  'Of the runs of plans inside it that are not finished; counted until the run continues',
);

/** Every event of a log. One without its schema, or that differs from it, does not compile. */
const EVENT_SCHEMAS = {
  'run.created': event('run.created', {
    plan_id: planId,
    plan_digest: withDescription(z.string(), 'SHA-256 of what the plan says'),
    step_count: z.number().int(),
    end_user_id: z.string(),
    plan_run_inputs: z.record(z.string(), outputSchema),
    parent_run: parentRunSchema.optional(),
    stubbed: withDescription(z.array(z.string()).optional(), 'Tools that are replaced by a fixed result in this run'),
    agent: agentSchema,
    plans: withDescription(z.record(planId, z.string()).optional(), 'Digests of the plans inside this one'),
    tools: withDescription(
      z.record(z.string(), z.string()).optional(),
      "Fingerprints of the plan's tools that are not portia's own",
    ),
    tool_definitions: withDescription(
      keptRequest.optional(),
      'What these tools take and promise: here, or in the memory of the run',
    ),
    hooks: withDescription(z.string().optional(), 'Fingerprint of the hooks'),
    traceparent: traceparentSchema,
    planning: withDescription(
      z.array(z.object({ model: z.string(), usage: usageSchema })).optional(),
      'What was used to plan for this run; it counts for --max-cost',
    ),
    by: personSchema.optional(),
  }),
  'run.imported': event('run.imported', { snapshot: runSchema, digest: z.string() }),
  'run.queued': event('run.queued', {
    priority: withDescription(z.number().int(), 'Higher ones are continued first'),
    labels: z.array(z.string()).optional(),
    wake_at: withDescription(z.string().optional(), 'No worker begins it before; ISO 8601, UTC'),
  }),
  'run.placed': event('run.placed', placeShape),
  'run.started': event('run.started', { driver: driver.optional(), setup: setup.optional() }),
  'run.resumed': event('run.resumed', { driver: driver.optional(), setup: setup.optional() }),
  'run.paused': event('run.paused', {
    reason: z.enum(PAUSE_REASONS),
    next: withDescription(z.string(), 'The command that continues'),
    error: runErrorSchema.optional(),
    wake_at: withDescription(z.string().optional(), 'When a worker continues; ISO 8601, UTC'),
    waits_for: awaitedSchema.optional(),
    usage_inside: usageInside,
  }),
  'run.interrupted': event('run.interrupted', {
    signal: z.string(),
    next: withDescription(z.string().optional(), 'The command that continues; portia resume RUN when absent'),
    usage_inside: usageInside,
  }),
  'run.completed': event('run.completed', { final_output: outputSchema.nullable() }),
  'run.failed': event('run.failed', { error: runErrorSchema, usage_inside: usageInside }),
  'run.cancelled': event('run.cancelled', { reason: z.string() }),
  'step.started': event('step.started', {
    path,
    attempt,
    sub_run: runId.optional(),
    items: itemsSchema,
    of: itemCountSchema,
  }),
  'step.completed': event('step.completed', {
    path,
    output_name: z.string().optional(),
    output: outputSchema.optional(),
    usage: usageSchema.optional(),
    exhausted: withDescription(z.literal(true).optional(), 'A loop that reached its limit'),
    failed: failedItemsSchema.optional(),
  }),
  'step.skipped': event('step.skipped', { path, reason: z.string() }),
  'step.failed': event('step.failed', {
    path,
    attempt,
    error: runErrorSchema,
    caught_by: withDescription(
      z.string().optional(),
      'Path of the step whose on_error says what is done; this one is not tried again',
    ),
    usage: usageSchema.optional(),
  }),
  'step.settled': event('step.settled', {
    path,
    how: withDescription(z.enum(['done', 'skipped']), 'What a person did about the step'),
    value: recorded.optional(),
    channel,
    by: personSchema.optional(),
  }),
  'wait.started': event('wait.started', { key, path, until: untilSchema, waits_for: awaitedSchema.optional() }),
  'signal.received': event('signal.received', { key, path, id: z.string(), sent_at: z.string(), data: recorded }),
  'condition.evaluated': event('condition.evaluated', {
    path,
    outcome: z.enum(['continue', 'skip', 'complete']),
    reason: z.string(),
  }),
  'model.started': event('model.started', {
    ...modelCall,
    role: z.enum(MODEL_ROLES),
    model: withDescription(z.string(), 'provider/name'),
    purpose: withDescription(z.enum(MODEL_PURPOSES).optional(), 'What it is asked beside the work of its step'),
    request_digest: z.string(),
    request_tokens: withDescription(z.number().optional(), 'Tokens that the request may have'),
    asked: withDescription(
      z.record(z.string(), z.string()).optional(),
      'What the request is about apart from the words of portia: the first 12 digits of a SHA-256 for each part',
    ),
    request: withDescription(
      keptRequest.optional(),
      'What the model was sent, with record_requests: here, in the first event of this digest, or in the memory of the run',
    ),
  }),
  'model.finished': event('model.finished', {
    ...modelCall,
    repair,
    reply: recorded,
    reasoning: withDescription(z.string().optional(), 'What was thought, with record_reasoning'),
    served: withDescription(z.string().optional(), 'The model that the provider says it served'),
    usage: usageSchema,
    ms,
  }),
  'model.failed': event('model.failed', {
    ...modelCall,
    repair,
    error: runErrorSchema,
    asked_again: withDescription(z.literal(true).optional(), 'The reply was broken, and the step asks once more'),
    fallback: withDescription(z.string().optional(), 'The model that is asked instead'),
    usage: usageSchema.optional(),
    ms,
  }),
  'tool.started': event('tool.started', {
    ...call,
    effect: z.enum(TOOL_EFFECTS),
    args: recorded,
    idempotency_key: idempotencyKey,
    facts: withDescription(jsonObject.optional(), 'What the tool found before acting'),
    process: withDescription(
      callProcess.optional(),
      'The process in which the call is made, where it has one of its own',
    ),
  }),
  'tool.finished': event('tool.finished', {
    ...call,
    idempotency_key: idempotencyKey,
    outcome,
    usage: usageSchema.optional(),
    model_calls: modelCalls,
    end_user_data: endUserData,
    ms,
  }),
  'tool.failed': event('tool.failed', {
    ...call,
    message: z.string(),
    retryable: z.boolean(),
    not_done: withDescription(z.boolean(), 'Nothing has happened outside'),
    unavailable: withDescription(z.boolean().optional(), 'The service could not be reached, or said try later'),
    usage: usageSchema.optional(),
    model_calls: modelCalls,
    end_user_data: endUserData,
    ms,
  }),
  'readiness.checked': event('readiness.checked', {
    waiting: withDescription(
      z.array(z.looseObject({ tool_id: z.string(), provider: z.string() })),
      'Tools ahead that cannot work until a person has done what this provider asks for',
    ),
  }),
  'hook.called': event('hook.called', hookCall),
  'hook.failed': event('hook.failed', { ...hookCall, error: runErrorSchema }),
  'hook.changed': event('hook.changed', {
    ...hookCall,
    did: withDescription(z.array(z.enum(ALL_REPLY_KEYS)), 'The keys of its reply'),
    reply: recorded,
  }),
  'clarification.raised': event('clarification.raised', QUESTION_SHAPES['clarification.raised']),
  'clarification.joined': event('clarification.joined', QUESTION_SHAPES['clarification.joined']),
  'clarification.resolved': event('clarification.resolved', QUESTION_SHAPES['clarification.resolved']),
  'clarification.expired': event('clarification.expired', QUESTION_SHAPES['clarification.expired']),
  'approval.given': event('approval.given', QUESTION_SHAPES['approval.given']),
  'answer.given': event('answer.given', QUESTION_SHAPES['answer.given']),
  'consents.confirmed': event('consents.confirmed', {
    digest: withDescription(z.string(), 'Of all of them together, as --accept-recorded names it'),
    consents: withDescription(z.array(z.string()), 'Digests of the recorded answers that were confirmed'),
    by: personSchema.optional(),
  }),
  'tool.changed': event('tool.changed', {
    tool_id: z.string(),
    was: withDescription(z.string().nullable(), 'Fingerprint that the run had recorded; null for one of portia itself'),
    now: withDescription(z.string().nullable(), 'Fingerprint that a person accepted'),
    file: withDescription(z.string().optional(), 'The module of the tool'),
    channel,
    by: personSchema.optional(),
  }),
  'memory.stored': event('memory.stored', { path, digest: z.string(), bytes: z.number() }),
  warning: event('warning', {
    path: path.optional(),
    message: z.string(),
    usage: withDescription(usageSchema.optional(), 'Of a call that came to no end'),
  }),
} satisfies { [Type in EventBody['type']]: z.ZodType<EventOf<Type>> };

const STREAM_SCHEMAS = {
  'stream.started': withSchema(
    z.looseObject({ v: z.literal(1), type: z.literal('stream.started'), version: z.string() }),
    { title: 'stream.started', description: 'The first line that is printed; not in the file' },
  ),
  'model.text': withSchema(
    z.looseObject({
      v: z.literal(1),
      type: z.literal('model.text'),
      ...{ run_id: runId, path, key: z.string(), text: z.string() },
      at: withDescription(z.number().int(), 'Characters of the reply before this piece; 0 begins it anew'),
    }),
    { title: 'model.text', description: 'With --stream: a piece of a reply that is coming; not in the file' },
  ),
  'run.result': withSchema(
    z.looseObject({
      v: z.literal(1),
      type: z.literal('run.result'),
      run_id: runId.nullable(),
      state: z.enum(RUN_STATES).nullable(),
      final_output: outputSchema.nullable(),
      exit_code: z.number().int(),
    }),
    { title: 'run.result', description: 'The last line that is printed; not in the file' },
  ),
} satisfies { [Type in StreamEvent['type']]: z.ZodType<Extract<StreamEvent, { type: Type }>> };

/** One line of events.ndjson, or of a printed stream. Readers ignore fields and types that they do not know. */
export const eventSchema = z.discriminatedUnion('type', [
  STREAM_SCHEMAS['stream.started'],
  ...Object.values(EVENT_SCHEMAS),
  STREAM_SCHEMAS['model.text'],
  STREAM_SCHEMAS['run.result'],
]);
