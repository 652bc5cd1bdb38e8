import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';
import * as z from 'zod';

import type { Json } from '../../../src/domain/values/json.js';
import { expectationsSchema } from './expectations.js';

const json: z.ZodType<Json> = z.json();
const text = z.string();
/** A plan as a model replies it; with `error` and without steps, a refusal. */
const plan = z.strictObject({
  plan_inputs: z.array(json).optional(),
  steps: z.array(json),
  output_schema: z.record(text, json).optional(),
  error: text.optional(),
});

/** What stands for the world while a plan is run: `answers.ts` says how tools and the model answer. */
const world = z.strictObject({
  /** What each tool gives, by id. */
  tools: z.record(text, json).optional(),
  /** Texts of files that are there. */
  files: z.record(text, text).optional(),
  /** Replies of the execution model: those whose `task` is in what it is asked. */
  model: z.array(z.strictObject({ task: text, replies: z.array(json) })).optional(),
});

const play = z.strictObject({
  inputs: z.record(text, json).optional(),
  /** Of the person, in the order in which they are used. `to` is a pattern of the question. */
  answers: z.array(z.strictObject({ to: text.optional(), value: json })).optional(),
  /** Beside that of the request. */
  world: world.optional(),
  expected: z.strictObject({
    state: z.enum(['COMPLETE', 'FAILED']),
    /** Calls of tools that are not built in, and questions, in order. */
    trace: z.array(
      z.union([
        z.strictObject({ call: text, args: z.record(text, json) }),
        z.strictObject({ asked: text, answer: json }),
      ]),
    ),
    result: json,
    model_calls: z.number(),
    /** Texts of files that were written; null for one that was not. */
    files: z.record(text, text.nullable()).optional(),
  }),
});

const caseSchema = z.strictObject({
  request: text,
  /** Ids of the tools that are offered. */
  tools: z.array(text).default([]),
  expect: expectationsSchema,
  plan,
  also_right: z.array(z.strictObject({ about: text, plan })).default([]),
  /** `fails`: the beginnings of what does not hold; everything else does. */
  wrong: z.array(z.strictObject({ about: text, fails: z.array(text).min(1), plan })).default([]),
  world: world.default({}),
  plays: z.array(play).default([]),
});

export type BenchmarkCase = z.infer<typeof caseSchema> & { id: string };
export type World = z.infer<typeof world>;
export type Play = z.infer<typeof play>;
/** A plan as a model replies it. */
export type RepliedPlan = z.infer<typeof plan>;

/** All cases, in the order of their names. Throws for a key that there is not. */
export function readCases(folder = 'tests/planner/benchmark/cases'): BenchmarkCase[] {
  return readdirSync(folder)
    .toSorted()
    .map((file) => {
      const read = caseSchema.safeParse(parse(readFileSync(join(folder, file), 'utf8')));
      if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
      return { id: file.replace(/\.yaml$/, ''), ...read.data };
    });
}
