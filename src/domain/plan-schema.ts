import * as z from 'zod';

import { idPattern, isPlanId, type PlanId } from './ids.js';
import { isJsonObject, type Json, type JsonSchema } from './json.js';

// Persisted records keep the snake_case keys of the files: the record is the file.
// Unknown keys are kept, so that a file from a newer minor version or another tool survives being rewritten.

// Descriptions are what `portia schema plan` tells editors.

const jsonSchema = z
  .custom<JsonSchema>(isJsonObject, 'must be a JSON Schema')
  .meta({ type: 'object', description: 'A JSON Schema, draft 2020-12 or 7' });
const json = z
  .custom<Json>((value) => value !== undefined, 'must be a JSON value')
  .describe('Any JSON value; in texts {{ expression }} is filled in');
const name = z.string().min(1, 'must not be empty');
const planId = z
  .custom<PlanId>(isPlanId, 'must be plan- and a UUID')
  .meta({ type: 'string', pattern: idPattern('plan') });

const variableSchema = z
  .looseObject({
    name: name.describe('Name of an earlier output or plan input; $x and x are the same name'),
    description: z.string().default(''),
  })
  .meta({ id: 'Variable' });

const planInputSchema = z
  .looseObject({
    name: name.describe('$x and x are the same name'),
    description: z.string().nullish(),
    default: json.optional().describe('The value when a run gives none; without it the input is required'),
    schema: jsonSchema.optional().describe('JSON Schema that every value must fit'),
  })
  .meta({ id: 'PlanInput' });

const output = name.describe('Name under which later steps find what this one leaves; $x and x are the same name');

const common = {
  name: z.string().optional().describe('What people call the step'),
  when: z.string().optional().describe('An expression (JSONata), judged here; must be true or false'),
  condition: z.string().nullish().describe('A sentence, judged by the introspection model'),
  timeout_ms: z.number().int().positive().optional().describe('How long one attempt may take, in milliseconds'),
  retries: z.number().int().min(0).max(100).optional().describe('How often a failed attempt is made again'),
};

const outputShape = jsonSchema.optional().describe('JSON Schema that the output is made to fit');
const model = z.string().optional().describe('provider/name of the model that does this step');
const task = z.string().describe('What to do, for a model; {{ expression }} is filled in');
const inputs = z.array(variableSchema).describe('What the step gets');

const agentWork = {
  ...common,
  task,
  inputs: inputs.default([]),
  output,
  output_schema: outputShape,
  model,
};

const derived = {
  task: z.string().optional().describe('Made from the step when its author gave none'),
  inputs: inputs.optional().describe('Made from the step when its author gave none'),
};

const toolId = name.describe('portia tools list shows them');
const message = z.string().describe('What a person is told; {{ expression }} is filled in');

const agentStepSchema = z
  .looseObject({
    kind: z.undefined().optional(),
    ...agentWork,
    tool_id: z.string().nullable().default(null).describe('The one tool of the model; null when it needs none'),
  })
  .meta({ id: 'AgentStep', description: 'A model has the task, the inputs and one tool.' });
const toolStepSchema = z
  .looseObject({
    kind: z.literal('tool'),
    ...common,
    ...derived,
    tool_id: toolId,
    args: z.record(z.string(), json).default({}).describe('Arguments by name; in texts {{ expression }} is filled in'),
    output,
  })
  .meta({ id: 'ToolStep', description: 'One call of a tool, with the arguments that stand here. No model call.' });
const llmStepSchema = z
  .looseObject({
    kind: z.literal('llm'),
    ...agentWork,
    system_prompt: z.string().optional().describe('Replaces the system prompt of portia'),
  })
  .meta({ id: 'LlmStep', description: 'One answer of a model, without tools.' });
const reactStepSchema = z
  .looseObject({
    kind: z.literal('react'),
    ...agentWork,
    tools: z.array(toolId).min(1).describe('The tools that the agent may call'),
    max_tool_calls: z.number().int().positive().default(25),
    may_ask: z.boolean().optional().describe('Whether the agent may ask a person'),
  })
  .meta({ id: 'ReactStep', description: 'An agent with several tools, which calls them until the task is done.' });
const computeStepSchema = z
  .looseObject({
    kind: z.literal('compute'),
    ...common,
    ...derived,
    expression: z.string().describe('JSONata; $name is an earlier output or a plan input'),
    output,
  })
  .meta({ id: 'ComputeStep', description: 'Evaluates an expression. No model call.' });
const userInputStepSchema = z
  .looseObject({
    kind: z.literal('user_input'),
    ...common,
    ...derived,
    message,
    options: z
      .union([z.array(json).min(1), z.string()])
      .optional()
      .describe('What can be chosen: a list, or an expression that gives one'),
    schema: jsonSchema.optional().describe('JSON Schema that the answer must fit'),
    output,
  })
  .meta({ id: 'UserInputStep', description: 'Asks a person for a value.' });
const userVerifyStepSchema = z
  .looseObject({
    kind: z.literal('user_verify'),
    ...common,
    ...derived,
    message,
    output: output.optional(),
  })
  .meta({ id: 'UserVerifyStep', description: 'Asks a person to agree; a no ends the run.' });
const exitStepSchema = z
  .looseObject({
    kind: z.literal('exit'),
    ...common,
    message,
    error: z.boolean().default(false).describe('Whether the run ends as failed'),
  })
  .meta({ id: 'ExitStep', description: 'Ends the run here.' });

export type AgentStep = z.infer<typeof agentStepSchema>;
export type ToolStep = z.infer<typeof toolStepSchema>;
export type LlmStep = z.infer<typeof llmStepSchema>;
export type ReactStep = z.infer<typeof reactStepSchema>;
export type ComputeStep = z.infer<typeof computeStepSchema>;
export type UserInputStep = z.infer<typeof userInputStepSchema>;
export type UserVerifyStep = z.infer<typeof userVerifyStepSchema>;
export type ExitStep = z.infer<typeof exitStepSchema>;

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
/** A plan that is written inside of a step. */
export interface InlinePlan {
  id?: unknown;
  plan_inputs: PlanInput[];
  steps: Step[];
  output_schema?: JsonSchema | undefined;
}
export interface SubPlanStep extends StepGuards {
  kind: 'plan';
  task?: string | undefined;
  /** The id of a stored plan, or the plan itself. */
  plan: string | InlinePlan;
  inputs: Record<string, Json>;
  output: string;
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
  output: output.optional(),
  max_iterations: z.number().int().positive().optional().describe('Rounds at most; one more fails the step'),
};

const inlinePlanSchema = z
  .looseObject({
    steps: z.lazy(() => z.array(stepSchema)),
    plan_inputs: z.array(planInputSchema).default([]),
    output_schema: jsonSchema.optional(),
  })
  .meta({ id: 'InlinePlan', description: 'A plan that is written inside of a step.' });
const subPlanStepSchema = z
  .looseObject({
    kind: z.literal('plan'),
    ...common,
    task: z.string().optional(),
    plan: z.union([z.string(), inlinePlanSchema]).describe('The id of a stored plan, or the plan itself'),
    inputs: z.record(z.string(), json).default({}).describe('Values of its plan_inputs, by name'),
    output,
  })
  .meta({ id: 'PlanStep', description: 'Runs another plan; its final output is the output of the step.' });
const branchSchema = z
  .looseObject({ when: common.when, condition: common.condition, steps })
  .meta({ id: 'Branch', description: 'Taken when its condition is the first that holds.' });
const ifStepSchema = z
  .looseObject({
    kind: z.literal('if'),
    ...common,
    branches: z.array(branchSchema).min(1, 'needs at least one branch'),
    else: steps.optional().describe('When no branch is taken'),
  })
  .meta({ id: 'IfStep', description: 'Takes the first branch whose condition holds.' });
const forEachStepSchema = z
  .looseObject({
    kind: z.literal('for_each'),
    ...common,
    ...derived,
    over: z.union([z.string(), z.array(json)]).describe('An expression that gives the list, or the list itself'),
    as: name.describe('Name of the item inside of the loop'),
    steps,
    output: output.optional().describe('Name of the list of what each iteration leaves'),
    max_parallel: z.number().int().positive().optional().describe('Iterations at the same time at most'),
  })
  .meta({ id: 'ForEachStep', description: 'Does its steps for each item of a list.' });
const whileStepSchema = z
  .looseObject({ kind: z.literal('while'), ...repeat })
  .meta({ id: 'WhileStep', description: 'Does its steps as long as the condition holds, looking before each round.' });
const doWhileStepSchema = z
  .looseObject({ kind: z.literal('do_while'), ...repeat })
  .meta({ id: 'DoWhileStep', description: 'Does its steps once, and again as long as the condition holds.' });

export const stepSchema: z.ZodType<Step> = z
  .discriminatedUnion('kind', [
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
    whileStepSchema,
    doWhileStepSchema,
  ])
  .meta({ id: 'Step' });

/** Who made the plan. */
const PLANNERS = ['model', 'offline', 'hand'] as const;

export const usageSchema = z
  .looseObject({
    calls: z.number().describe('Model calls'),
    input_tokens: z.number(),
    output_tokens: z.number(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof usageSchema>;

export const planSchema = z.looseObject({
  id: planId.describe('Without one, the plan gets one that is made from its content'),
  plan_context: z.looseObject({
    query: z.string().describe('The request that the plan is for'),
    tool_ids: z.array(z.string()).describe('The tools that the planner could choose from'),
  }),
  steps: z.array(stepSchema).describe('Done in this order'),
  plan_inputs: z.array(planInputSchema).default([]).describe('Values that each run of the plan is given'),
  output_schema: jsonSchema.optional().describe('JSON Schema that the final output is made to fit'),
  summarize: z.boolean().optional().describe('Whether a model also writes a summary of each run'),
  derived_from: planId.optional().describe('The plan that this one was made from by editing'),
  metadata: z.looseObject({
    schema_version: z.literal(1),
    created_at: z.string().describe('ISO 8601, UTC'),
    planner: z.enum(PLANNERS).describe('Who made the plan'),
    model: z.string().optional().describe('provider/name of the planning model'),
    usage: usageSchema.optional(),
  }),
});
export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.infer<typeof planInputSchema>;
export type Variable = z.infer<typeof variableSchema>;
