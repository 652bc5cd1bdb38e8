import * as z from 'zod';

import { isPlanId, type PlanId } from './ids.js';
import { isJsonObject, type Json, type JsonSchema } from './json.js';

// Persisted records keep the snake_case keys of the files: the record is the file.
// Unknown keys are kept, so that a file from a newer minor version or another tool survives being rewritten.

const jsonSchema = z.custom<JsonSchema>(isJsonObject, 'must be a JSON Schema');
const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value');
const name = z.string().min(1, 'must not be empty');

const variableSchema = z.looseObject({
  /** Name of an earlier output or plan input; `$x` and `x` are the same name. */
  name,
  description: z.string().default(''),
});

const planInputSchema = z.looseObject({
  name,
  description: z.string().nullish(),
  default: json.optional(),
  schema: jsonSchema.optional(),
});

const common = {
  name: z.string().optional(),
  /** An expression, judged here; must be a boolean. */
  when: z.string().optional(),
  /** A sentence, judged by the introspection model. */
  condition: z.string().nullish(),
  timeout_ms: z.number().int().positive().optional(),
  retries: z.number().int().min(0).max(100).optional(),
};

const agentWork = {
  ...common,
  task: z.string(),
  inputs: z.array(variableSchema).default([]),
  output: name,
  output_schema: jsonSchema.optional(),
  model: z.string().optional(),
};

/** Made from the step when its author gave none. */
const derived = { task: z.string().optional(), inputs: z.array(variableSchema).optional() };

const agentStepSchema = z.looseObject({
  kind: z.undefined().optional(),
  ...agentWork,
  tool_id: z.string().nullable().default(null),
});
const toolStepSchema = z.looseObject({
  kind: z.literal('tool'),
  ...common,
  ...derived,
  tool_id: name,
  /** Arguments by name; strings may hold `{{ expression }}` templates. */
  args: z.record(z.string(), json).default({}),
  output: name,
});
const llmStepSchema = z.looseObject({
  kind: z.literal('llm'),
  ...agentWork,
  system_prompt: z.string().optional(),
});
const reactStepSchema = z.looseObject({
  kind: z.literal('react'),
  ...agentWork,
  tools: z.array(name).min(1),
  max_tool_calls: z.number().int().positive().default(25),
  may_ask: z.boolean().optional(),
});
const computeStepSchema = z.looseObject({
  kind: z.literal('compute'),
  ...common,
  ...derived,
  expression: z.string(),
  output: name,
});
const userInputStepSchema = z.looseObject({
  kind: z.literal('user_input'),
  ...common,
  ...derived,
  message: z.string(),
  options: z.union([z.array(json).min(1), z.string()]).optional(),
  schema: jsonSchema.optional(),
  output: name,
});
const userVerifyStepSchema = z.looseObject({
  kind: z.literal('user_verify'),
  ...common,
  ...derived,
  message: z.string(),
  output: name.optional(),
});
const exitStepSchema = z.looseObject({
  kind: z.literal('exit'),
  ...common,
  message: z.string(),
  error: z.boolean().default(false),
});
const subPlanStepSchema = z.looseObject({
  kind: z.literal('plan'),
  ...common,
  task: z.string().optional(),
  plan: z.union([z.string(), z.looseObject({})]),
  inputs: z.record(z.string(), json).default({}),
  output: name,
});

export type AgentStep = z.infer<typeof agentStepSchema>;
export type ToolStep = z.infer<typeof toolStepSchema>;
export type LlmStep = z.infer<typeof llmStepSchema>;
export type ReactStep = z.infer<typeof reactStepSchema>;
export type ComputeStep = z.infer<typeof computeStepSchema>;
export type UserInputStep = z.infer<typeof userInputStepSchema>;
export type UserVerifyStep = z.infer<typeof userVerifyStepSchema>;
export type ExitStep = z.infer<typeof exitStepSchema>;
export type SubPlanStep = z.infer<typeof subPlanStepSchema>;

/** What every step may carry. */
interface StepGuards {
  name?: string | undefined;
  when?: string | undefined;
  condition?: string | null | undefined;
  timeout_ms?: number | undefined;
  retries?: number | undefined;
}

// Recursive types are written out, because inference cannot close the circle.
export interface Branch {
  when?: string | undefined;
  condition?: string | null | undefined;
  steps: Step[];
}
export interface IfStep extends StepGuards {
  kind: 'if';
  branches: Branch[];
  else?: Step[] | undefined;
}
export interface ForEachStep extends StepGuards {
  kind: 'for_each';
  /** An expression, or the list itself. */
  over: string | Json[];
  as: string;
  steps: Step[];
  task?: string | undefined;
  inputs?: Variable[] | undefined;
  output?: string | undefined;
  max_parallel?: number | undefined;
}
export interface WhileStep extends StepGuards {
  kind: 'while' | 'do_while';
  steps: Step[];
  task?: string | undefined;
  inputs?: Variable[] | undefined;
  output?: string | undefined;
  max_iterations?: number | undefined;
}
export type BlockStep = IfStep | ForEachStep | WhileStep;
export type Step =
  | AgentStep
  | ToolStep
  | LlmStep
  | ReactStep
  | ComputeStep
  | UserInputStep
  | UserVerifyStep
  | ExitStep
  | SubPlanStep
  | BlockStep;

const steps = z.lazy(() => z.array(stepSchema).min(1, 'a block needs at least one step'));
const repeat = {
  ...common,
  ...derived,
  steps,
  output: name.optional(),
  max_iterations: z.number().int().positive().optional(),
};

const ifStepSchema = z.looseObject({
  kind: z.literal('if'),
  ...common,
  branches: z
    .array(z.looseObject({ when: z.string().optional(), condition: z.string().nullish(), steps }))
    .min(1, 'needs at least one branch'),
  else: steps.optional(),
});
const forEachStepSchema = z.looseObject({
  kind: z.literal('for_each'),
  ...common,
  ...derived,
  over: z.union([z.string(), z.array(json)]),
  as: name,
  steps,
  output: name.optional(),
  max_parallel: z.number().int().positive().optional(),
});

export const stepSchema: z.ZodType<Step> = z.discriminatedUnion('kind', [
  agentStepSchema,
  toolStepSchema,
  llmStepSchema,
  reactStepSchema,
  computeStepSchema,
  userInputStepSchema,
  userVerifyStepSchema,
  exitStepSchema,
  subPlanStepSchema,
  ifStepSchema,
  forEachStepSchema,
  z.looseObject({ kind: z.literal('while'), ...repeat }),
  z.looseObject({ kind: z.literal('do_while'), ...repeat }),
]);

/** Who made the plan. */
const PLANNERS = ['model', 'offline', 'hand'] as const;

export const usageSchema = z.looseObject({
  /** Model calls. */
  calls: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

export const planSchema = z.looseObject({
  id: z.custom<PlanId>(isPlanId, 'must be plan- and a UUID'),
  plan_context: z.looseObject({ query: z.string(), tool_ids: z.array(z.string()) }),
  steps: z.array(stepSchema),
  plan_inputs: z.array(planInputSchema).default([]),
  output_schema: jsonSchema.optional(),
  /** Whether a model also writes a summary of each run. */
  summarize: z.boolean().optional(),
  /** The plan this one was made from by editing. */
  derived_from: z.custom<PlanId>(isPlanId, 'must be plan- and a UUID').optional(),
  metadata: z.looseObject({
    schema_version: z.literal(1),
    /** ISO 8601, UTC. */
    created_at: z.string(),
    planner: z.enum(PLANNERS),
    /** provider/name of the planning model. */
    model: z.string().optional(),
    usage: usageSchema.optional(),
  }),
});
export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.infer<typeof planInputSchema>;
export type Variable = z.infer<typeof variableSchema>;
