import * as z from 'zod';

import { clarificationSchema } from './clarification-schema.js';
import { ERROR_CODES } from './errors.js';
import { idPattern, isPlanId, isRunId, type PlanId, type RunId } from './ids.js';
import type { Json } from './json.js';
import { usageSchema } from './plan-schema.js';
import { PAUSE_REASONS, RUN_STATES, STEP_STATUSES } from './run.js';

// Descriptions are what `portia schema run` and `portia schema event` tell.

const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value').describe('Any JSON value');

export const runId = z
  .custom<RunId>(isRunId, 'must be prun- and a UUID')
  .meta({ type: 'string', pattern: idPattern('prun') });
export const planId = z
  .custom<PlanId>(isPlanId, 'must be plan- and a UUID')
  .meta({ type: 'string', pattern: idPattern('plan') });

const storedValueSchema = z
  .looseObject({
    output_name: z.string().describe('The name that the value has in the run'),
    plan_run_id: z.string(),
    summary: z.string(),
    digest: z
      .string()
      .optional()
      .describe('SHA-256 of the JSON text; the value is in memory/<digest>.json. Absent in files of the reference'),
    bytes: z.number().optional().describe('Length of the JSON text in bytes'),
  })
  .meta({ id: 'StoredValue', description: 'A large value, kept beside the run' });
const localValueSchema = z
  .looseObject({ value: json, summary: z.string().nullable().default(null) })
  .meta({ id: 'LocalValue', description: 'A value that stands here' });
export const outputSchema = z.union([localValueSchema, storedValueSchema]).meta({ id: 'Output' });

/** A value in the run file, or a reference to a large one beside it. */
export type Output = z.infer<typeof localValueSchema> | z.infer<typeof storedValueSchema>;
export type LocalValue = z.infer<typeof localValueSchema>;
export type StoredValue = z.infer<typeof storedValueSchema>;

export const runErrorSchema = z
  .looseObject({
    code: z.enum(ERROR_CODES),
    message: z.string().describe('What happened'),
    why: z.string().optional(),
    fix: z.string().optional().describe('What to do'),
    step: z.string().nullable().describe('Path of the step that failed; null when no step did'),
    retryable: z.boolean().describe('Whether the same step may succeed later'),
  })
  .meta({ id: 'RunError' });

const stepRecordSchema = z
  .looseObject({
    path: z.string().describe('2, 3.branches.0.steps.1, 4[2].steps.0'),
    status: z.enum(STEP_STATUSES),
    reason: z.string().optional().describe('Why it was skipped, or what it waits for'),
    sub_run: runId.optional().describe('The run of the plan that the step runs'),
    output_name: z.string().optional(),
    output: outputSchema.optional(),
    error: runErrorSchema.optional(),
    attempts: z.number().int().describe('1 on the first try; grows only after a failure'),
    started_at: z.string().describe('ISO 8601, UTC'),
    finished_at: z.string().nullable().describe('ISO 8601, UTC'),
  })
  .meta({ id: 'StepRecord' });
export type StepRecord = z.infer<typeof stepRecordSchema>;

export const parentRunSchema = z.looseObject({ id: runId, path: z.string().describe('Path of the step there') });
export type ParentRun = z.infer<typeof parentRunSchema>;

const outputs = z.record(z.string(), outputSchema);

export const runSchema = z
  .looseObject({
    id: runId,
    plan_id: planId,
    current_step_index: z
      .number()
      .int()
      .min(0)
      .describe('The smallest top-level index that is not finished; the last one when all are'),
    state: z.enum(RUN_STATES),
    outputs: z.looseObject({
      clarifications: z.array(clarificationSchema).describe('Every question that the run raised'),
      step_outputs: outputs.describe('The last value of each name; steps[].output has every one'),
      final_output: outputSchema.nullable(),
    }),
    end_user_id: z.string(),
    plan_run_inputs: outputs,
    error: runErrorSchema.nullable(),
    pause: z
      .looseObject({
        reason: z.enum(PAUSE_REASONS),
        next: z.string().describe('The command that goes on'),
      })
      .nullable()
      .describe('Why it stands still'),
    steps: z.array(stepRecordSchema),
    usage: usageSchema,
    stubbed: z.array(z.string()).optional().describe('Tools that were replaced by a fixed result'),
    parent_run: parentRunSchema.optional().describe('The step that this run is a part of'),
    plan_digest: z
      .string()
      .describe("SHA-256 of the plan's content; empty when the plan was not at hand (imported files)"),
    metadata: z.looseObject({
      schema_version: z.literal(1),
      created_at: z.string().describe('ISO 8601, UTC'),
      updated_at: z.string().describe('ISO 8601, UTC'),
      last_seq: z.number().int().describe('seq of the last event in this snapshot; 0 for a file without a log'),
      step_count: z.number().int().describe('Number of top-level steps of the plan'),
      digest: z
        .string()
        .optional()
        .describe('SHA-256 of the canonical JSON of the record without this key: tells an edit by hand'),
    }),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof runSchema>;
