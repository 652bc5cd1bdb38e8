import * as z from 'zod';

import { clarificationSchema } from './clarification-schema.js';
import { ERROR_CODES } from './errors.js';
import { isPlanId, isRunId, type PlanId, type RunId } from './ids.js';
import type { Json } from './json.js';
import { usageSchema } from './plan-schema.js';
import { PAUSE_REASONS, RUN_STATES, STEP_STATUSES } from './run.js';

const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value');

const storedValueSchema = z.looseObject({
  /** The name that the value has in the run. */
  output_name: z.string(),
  plan_run_id: z.string(),
  summary: z.string(),
  /** SHA-256 of the JSON text; the value is in memory/<digest>.json. Absent in files of the reference. */
  digest: z.string().optional(),
  /** Length of the JSON text in bytes. */
  bytes: z.number().optional(),
});
const localValueSchema = z.looseObject({ value: json, summary: z.string().nullable().default(null) });
export const outputSchema = z.union([localValueSchema, storedValueSchema]);

/** A value in the run file, or a reference to a large one beside it. */
export type Output = z.infer<typeof localValueSchema> | z.infer<typeof storedValueSchema>;
export type LocalValue = z.infer<typeof localValueSchema>;
export type StoredValue = z.infer<typeof storedValueSchema>;

const runErrorSchema = z.looseObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  why: z.string().optional(),
  fix: z.string().optional(),
  step: z.string().nullable(),
  retryable: z.boolean(),
});

const stepRecordSchema = z.looseObject({
  /** `2`, `3.branches.0.steps.1`, `4[2].steps.0`. */
  path: z.string(),
  status: z.enum(STEP_STATUSES),
  /** Why it was skipped, or what it waits for. */
  reason: z.string().optional(),
  /** The run of the plan that the step runs. */
  sub_run: z.custom<RunId>(isRunId, 'must be prun- and a UUID').optional(),
  output_name: z.string().optional(),
  output: outputSchema.optional(),
  error: runErrorSchema.optional(),
  /** 1 on the first try; grows only after a failure. */
  attempts: z.number().int(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

const parentRunSchema = z.looseObject({
  id: z.custom<RunId>(isRunId, 'must be prun- and a UUID'),
  /** Path of the step there. */
  path: z.string(),
});
export type ParentRun = z.infer<typeof parentRunSchema>;

export const runSchema = z.looseObject({
  id: z.custom<RunId>(isRunId, 'must be prun- and a UUID'),
  plan_id: z.custom<PlanId>(isPlanId, 'must be plan- and a UUID'),
  current_step_index: z.number().int().min(0),
  state: z.enum(RUN_STATES),
  outputs: z.looseObject({
    clarifications: z.array(clarificationSchema),
    step_outputs: z.record(z.string(), outputSchema),
    final_output: outputSchema.nullable(),
  }),
  end_user_id: z.string(),
  plan_run_inputs: z.record(z.string(), outputSchema),
  error: runErrorSchema.nullable(),
  /** Why it stands still and the command that goes on. */
  pause: z.looseObject({ reason: z.enum(PAUSE_REASONS), next: z.string() }).nullable(),
  steps: z.array(stepRecordSchema),
  usage: usageSchema,
  /** The step that this run is a part of. */
  parent_run: parentRunSchema.optional(),
  /** SHA-256 of the plan's content; empty when the plan was not at hand (imported files). */
  plan_digest: z.string(),
  metadata: z.looseObject({
    schema_version: z.literal(1),
    created_at: z.string(),
    updated_at: z.string(),
    /** `seq` of the last event in this snapshot; 0 for a file without a log. */
    last_seq: z.number().int(),
    /** Number of top-level steps of the plan. */
    step_count: z.number().int(),
    /** SHA-256 of the canonical JSON of the record without this key: tells an edit by hand. */
    digest: z.string().optional(),
  }),
});
export type Run = z.infer<typeof runSchema>;
