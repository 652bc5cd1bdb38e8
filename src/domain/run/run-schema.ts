import * as z from 'zod';

import { placeShape } from './place.js';
import { json, planId, runId } from '../values/schema-atoms.js';
import { withDescription, withSchema } from '../values/schema-meta.js';
import { clarificationSchema, personSchema } from './clarification-schema.js';
import { ERROR_CODES } from '../errors.js';
import { AGENT_TYPES } from '../values/agent-types.js';
import { usageSchema } from '../plan/usage-schema.js';
import { PAUSE_REASONS, RUN_STATES, STEP_STATUSES } from './run-states.js';

const storedValueSchema = withSchema(
  z.looseObject({
    output_name: withDescription(z.string(), 'The name that the value has in the run'),
    plan_run_id: z.string(),
    summary: z.string(),
    digest: withDescription(
      z.string().optional(),
      'SHA-256 of the JSON text; the value is in memory/<digest>.json. Absent in files of the Python SDK',
    ),
    bytes: withDescription(z.number().optional(), 'Length of the JSON text in bytes'),
  }),
  { id: 'StoredValue', description: 'A large value, kept beside the run' },
);
const localValueSchema = withSchema(
  z.looseObject({
    value: json,
    summary: z.string().nullable().default(null),
    secret: withDescription(
      z.string().optional(),
      'Set when the value is a secret: a placeholder is shown, and a process that holds it finds it by this',
    ),
  }),
  { id: 'LocalValue', description: 'A value written here' },
);
export const outputSchema = withSchema(z.union([localValueSchema, storedValueSchema]), { id: 'Output' });

/** A value in the run file, or a reference to a large one beside it. */
export type Output = z.infer<typeof localValueSchema> | z.infer<typeof storedValueSchema>;
export type LocalValue = z.infer<typeof localValueSchema>;
export type StoredValue = z.infer<typeof storedValueSchema>;

export const runErrorSchema = withSchema(
  z.looseObject({
    code: z.enum(ERROR_CODES),
    message: withDescription(z.string(), 'What happened'),
    why: z.string().optional(),
    fix: withDescription(z.string().optional(), 'What to do'),
    step: withDescription(z.string().nullable(), 'Path of the step that failed; null when no step did'),
    retryable: withDescription(z.boolean(), 'Whether the same step may succeed later'),
    by_exit: withDescription(z.literal(true).optional(), 'An exit of the plan, or of a plan inside it, ended the run'),
  }),
  { id: 'RunError' },
);

export const itemsSchema = withDescription(
  z.record(z.string(), json).optional(),
  'At the first step of an iteration: the item that the loop is at, shortened, by its name',
);

export const itemCountSchema = withDescription(
  z.number().int().optional(),
  'At the first step of an iteration over a list: how many items the list has',
);

export const failedItemsSchema = withSchema(
  z.looseObject({
    count: withDescription(z.number().int().positive(), 'How many failed'),
    items: withDescription(outputSchema, 'A list of {index, item, code, message, step}: the value of $failures'),
  }),
  { id: 'FailedItems', description: 'The items that failed, of a loop with on_error: continue' },
);
export type FailedItems = z.infer<typeof failedItemsSchema>;

export const untilSchema = withDescription(z.string().optional(), 'The time that is waited for; ISO 8601, UTC');

export const awaitedSchema = withSchema(
  z.object({
    event: withDescription(z.string(), 'Name of the event'),
    key: withDescription(z.string(), 'What it is about; may be empty'),
  }),
  { id: 'AwaitedEvent', description: 'An event that is waited for' },
);

const stepRecordSchema = withSchema(
  z.looseObject({
    path: withDescription(z.string(), '2, 3.branches.0.steps.1, 4[2].steps.0'),
    status: z.enum(STEP_STATUSES),
    reason: withDescription(z.string().optional(), 'Why it was skipped, or what it waits for'),
    waits_until: untilSchema,
    waits_for: awaitedSchema.optional(),
    sub_run: runId.optional(),
    items: itemsSchema,
    of: itemCountSchema,
    output_name: z.string().optional(),
    output: outputSchema.optional(),
    error: runErrorSchema.optional(),
    caught_by: withDescription(
      z.string().optional(),
      'Path of the step whose on_error says what is done after the error',
    ),
    failed: failedItemsSchema.optional(),
    hooked: withDescription(z.array(z.string()).optional(), 'What hooks changed: beforeToolCall: args'),
    attempts: withDescription(z.number().int(), '1 on the first try; grows only after a failure'),
    started_at: withDescription(z.string(), 'ISO 8601, UTC'),
    finished_at: withDescription(z.string().nullable(), 'ISO 8601, UTC'),
  }),
  { id: 'StepRecord' },
);
export type StepRecord = z.infer<typeof stepRecordSchema>;

const stepTotalsSchema = withSchema(
  z.looseObject({
    path: withDescription(z.string(), 'The step, in whatever round: 4[*].steps.0'),
    completed: withDescription(z.number().int(), 'How often it was done'),
    skipped: withDescription(z.number().int(), 'How often it was skipped'),
    failed: withDescription(z.number().int().optional(), 'How often it failed, and the run continued'),
    ms: withDescription(z.number(), 'How long it took in all, in milliseconds'),
  }),
  { id: 'StepTotals' },
);
export type StepTotals = z.infer<typeof stepTotalsSchema>;

export const parentRunSchema = z.looseObject({
  id: runId,
  path: withDescription(z.string(), 'Path of the step there'),
});
export type ParentRun = z.infer<typeof parentRunSchema>;

export const traceparentSchema = withDescription(
  z.string().optional(),
  "The span of somebody else that the run is part of, as W3C's Trace Context writes it",
);

const outputs = () => z.record(z.string(), outputSchema);

export const agentSchema = withDescription(
  z.enum(AGENT_TYPES).optional(),
  'How agents work that do not say; without it one-shot',
);

const queueSchema = withDescription(
  z.looseObject({
    priority: withDescription(z.number().int(), 'Higher ones are continued first'),
    labels: withDescription(z.array(z.string()), 'Which workers continue it'),
    tries: withDescription(z.number().int(), 'How often it stopped in vain because something was unavailable'),
    wake_at: withDescription(z.string().optional(), 'No worker begins it before; ISO 8601, UTC'),
  }),
  'A worker continues the run whenever it can',
);

export const runSchema = withSchema(
  z.looseObject({
    id: runId,
    plan_id: planId,
    current_step_index: withDescription(
      z.number().int().min(0),
      'The smallest top-level index that is not finished; the last one when all are',
    ),
    state: z.enum(RUN_STATES),
    outputs: z.looseObject({
      clarifications: withDescription(z.array(clarificationSchema), 'Every question that the run raised'),
      step_outputs: withDescription(outputs(), 'The last value of each name; steps[].output has those of each step'),
      final_output: outputSchema.nullable(),
    }),
    end_user_id: z.string(),
    plan_run_inputs: outputs(),
    error: runErrorSchema.nullable(),
    pause: withDescription(
      z
        .looseObject({
          reason: z.enum(PAUSE_REASONS),
          next: withDescription(z.string(), 'The command that continues'),
          wake_at: withDescription(z.string().optional(), 'When a worker continues; ISO 8601, UTC'),
          waits_for: awaitedSchema.optional(),
        })
        .nullable(),
      'Why it is paused',
    ),
    steps: withDescription(
      z.array(stepRecordSchema),
      'In the written order; of a step in a loop at least the newest 100',
    ),
    step_totals: withDescription(
      z.array(stepTotalsSchema).optional(),
      'Of steps in loops that have more records: all rounds in numbers. Every record is in the events',
    ),
    usage: usageSchema,
    stubbed: withDescription(z.array(z.string()).optional(), 'Tools that were replaced by a fixed result'),
    agent: agentSchema,
    queue: queueSchema.optional(),
    keeps_to: withDescription(
      z.looseObject(placeShape).optional(),
      'The machine that has the files that the run made, where other machines drive runs, too',
    ),
    parent_run: parentRunSchema.optional(),
    started_by: personSchema.optional(),
    traceparent: traceparentSchema,
    plan_digest: withDescription(
      z.string(),
      "SHA-256 of the plan's content; empty when the plan was not at hand (imported files)",
    ),
    metadata: z.looseObject({
      schema_version: z.literal(1),
      created_at: withDescription(z.string(), 'ISO 8601, UTC'),
      updated_at: withDescription(z.string(), 'ISO 8601, UTC'),
      last_seq: withDescription(z.number().int(), 'seq of the last event in this snapshot; 0 for a file without a log'),
      step_count: withDescription(z.number().int(), 'Number of top-level steps of the plan'),
      digest: withDescription(
        z.string().optional(),
        'SHA-256 of the canonical JSON of the record without this key: tells an edit by hand',
      ),
      shortened: withDescription(
        z.literal(true).optional(),
        'The record is too large for a file: values are cut, and only the newest steps and questions are here',
      ),
    }),
  }),
  { id: 'Run' },
);
export type Run = z.infer<typeof runSchema>;
