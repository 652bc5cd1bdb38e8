import * as z from 'zod';

import { idOf } from '../values/schema-atoms.js';
import { withDescription, withSchema } from '../values/schema-meta.js';
import type { Json, JsonSchema } from '../values/json.js';
import {
  agentType,
  agentWork,
  common,
  contextSchema,
  derived,
  json,
  jsonSchema,
  message,
  metadata,
  name,
  output,
  outputShape,
  planInputSchema,
  toolId,
  type variableSchema,
  writes,
} from './key-schemas.js';
import { askingKeys } from './asking-keys.js';
import { userInputKeys, userVerifyKeys, waitForKeys, waitKeys } from './pausing-keys.js';
import { MAX_TOOL_CALLS } from '../values/agent-types.js';

// Persisted records keep the snake_case keys of the files: the record is the file.
// Unknown keys are kept, so that a file from a newer minor version or another tool survives being rewritten.

/** An interface, because it may stand in the schemas of the steps that it is a list of. */
interface HandlerSteps extends Array<Step> {}
const handler: z.ZodType<HandlerSteps> = z.lazy(() => steps);
const guards = {
  ...common,
  on_error: withDescription(handler.optional(), 'What is done when the step fails; $failure is there'),
};
const asking = askingKeys(handler);

/** A step of a kind, with the keys of every step and its own. */
function stepOfKind<Kind extends string, Keys extends z.ZodRawShape>(
  kind: Kind,
  keys: Keys,
  meta: { id: string; description: string },
) {
  return withSchema(z.looseObject({ kind: z.literal(kind), ...guards, ...keys }), meta);
}

const agentStepSchema = withSchema(
  z.looseObject({
    kind: z.undefined().optional(),
    ...guards,
    ...agentWork,
    tool_id: withDescription(z.string().nullable().default(null), 'The one tool of the model; null when it needs none'),
    agent: agentType,
    writes,
    ...asking,
  }),
  { id: 'AgentStep', description: 'A model has the task, the inputs and one tool.' },
);
const toolStepSchema = stepOfKind(
  'tool',
  {
    ...derived,
    tool_id: toolId,
    args: withDescription(
      z.record(z.string(), json).default({}),
      'Arguments by name; in texts {{ expression }} is filled in',
    ),
    output,
    output_schema: outputShape,
    ...asking,
  },
  { id: 'ToolStep', description: 'One call of a tool, with exactly these arguments. No model call.' },
);
const llmStepSchema = stepOfKind(
  'llm',
  {
    ...agentWork,
    system_prompt: withDescription(z.string().optional(), 'Replaces the system prompt of portia'),
  },
  { id: 'LlmStep', description: 'One answer of a model, without tools.' },
);
const reactStepSchema = stepOfKind(
  'react',
  {
    ...agentWork,
    tools: withDescription(z.array(toolId).min(1), 'The tools that the agent may call'),
    max_tool_calls: z.number().int().positive().default(MAX_TOOL_CALLS),
    may_ask: withDescription(z.boolean().optional(), 'Whether the agent may ask a person'),
    writes,
    sends: withDescription(
      z.literal('allow').optional(),
      'allow: its tools may send what it reads without a question; without it a person is asked once a tool',
    ),
    ...asking,
  },
  { id: 'ReactStep', description: 'An agent with several tools, which calls them until the task is done.' },
);
const computeStepSchema = stepOfKind(
  'compute',
  {
    ...derived,
    expression: withDescription(z.string(), 'JSONata; $name is an earlier output or a plan input'),
    output,
    output_schema: outputShape,
  },
  { id: 'ComputeStep', description: 'Evaluates an expression. No model call.' },
);
const userInputStepSchema = stepOfKind(
  'user_input',
  { ...userInputKeys, ...asking },
  { id: 'UserInputStep', description: 'Asks a person for a value.' },
);
const userVerifyStepSchema = stepOfKind(
  'user_verify',
  { ...userVerifyKeys, ...asking },
  { id: 'UserVerifyStep', description: 'Asks a person to agree; a no ends the run unless on_no says otherwise.' },
);
const waitStepSchema = stepOfKind('wait', waitKeys, {
  id: 'WaitStep',
  description: 'Waits until a time. Longer waits cost nothing: the run is saved, and continues later.',
});
const waitForStepSchema = stepOfKind('wait_for', waitForKeys, {
  id: 'WaitForStep',
  description: 'Waits for an event that portia signal tells; what comes with it is the output.',
});
const exitStepSchema = stepOfKind(
  'exit',
  {
    message,
    error: withDescription(z.boolean().default(false), 'Whether the run ends as failed'),
  },
  { id: 'ExitStep', description: 'Ends the run here; inside a plan in a plan, that plan.' },
);

export type AgentStep = z.infer<typeof agentStepSchema>;
export type ToolStep = z.infer<typeof toolStepSchema>;
export type LlmStep = z.infer<typeof llmStepSchema>;
export type ReactStep = z.infer<typeof reactStepSchema>;
export type ComputeStep = z.infer<typeof computeStepSchema>;
export type UserInputStep = z.infer<typeof userInputStepSchema>;
export type UserVerifyStep = z.infer<typeof userVerifyStepSchema>;
export type WaitStep = z.infer<typeof waitStepSchema>;
export type WaitForStep = z.infer<typeof waitForStepSchema>;
export type ExitStep = z.infer<typeof exitStepSchema>;

/** What every step may carry. */
interface StepGuards {
  name?: string | undefined;
  when?: string | undefined;
  condition?: string | null | undefined;
  timeout_ms?: number | undefined;
  retries?: number | undefined;
  on_error?: Step[] | undefined;
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
export interface ForEachStep extends Omit<StepGuards, 'on_error'> {
  kind: 'for_each';
  /** What is done when the step fails; `continue`: an item that fails does not end the loop. */
  on_error?: 'continue' | Step[] | undefined;
  /** An expression, or the list itself. */
  over: string | Json[];
  as: string;
  steps: Step[];
  task?: string | undefined;
  inputs?: Variable[] | undefined;
  output?: string | undefined;
  output_schema?: JsonSchema | undefined;
  collect?: string | undefined;
  max_parallel?: number | undefined;
}
export interface WhileStep extends StepGuards {
  kind: 'while' | 'do_while';
  steps: Step[];
  task?: string | undefined;
  inputs?: Variable[] | undefined;
  output?: string | undefined;
  output_schema?: JsonSchema | undefined;
  collect?: string | undefined;
  max_iterations?: number | undefined;
  on_limit?: 'fail' | 'stop' | undefined;
}
/** A plan that is written inside of a step. */
export interface InlinePlan {
  id?: unknown;
  plan_context: { query: string; tool_ids: string[] };
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
  output_schema?: JsonSchema | undefined;
}
export type Step =
  | AgentStep
  | ToolStep
  | LlmStep
  | ReactStep
  | ComputeStep
  | UserInputStep
  | UserVerifyStep
  | WaitStep
  | WaitForStep
  | ExitStep
  | SubPlanStep
  | IfStep
  | ForEachStep
  | WhileStep;

const steps = z.lazy(() => z.array(stepSchema).min(1, 'a block needs at least one step'));
const collect = withDescription(
  z.string().optional(),
  'An expression, evaluated at the end of each iteration; the output is the list of its values',
);
const repeat = {
  ...derived,
  steps,
  output: output.optional(),
  output_schema: outputShape,
  collect,
  max_iterations: withDescription(z.number().int().positive().optional(), 'Rounds at most'),
  on_limit: withDescription(
    z.enum(['fail', 'stop']).optional(),
    'When max_iterations is reached: the step fails (default), or is done with $exhausted true',
  ),
};

const inlinePlanSchema = withSchema(
  z.looseObject({
    plan_context: contextSchema,
    steps: z.lazy(() => z.array(stepSchema)),
    plan_inputs: z.array(planInputSchema).default([]),
    output_schema: jsonSchema.optional(),
  }),
  { id: 'InlinePlan', description: 'A plan that is written inside of a step.' },
);
const subPlanStepSchema = stepOfKind(
  'plan',
  {
    task: z.string().optional(),
    plan: withDescription(z.union([z.string(), inlinePlanSchema]), 'The id of a stored plan, or the plan itself'),
    inputs: withDescription(z.record(z.string(), json).default({}), 'Values of its plan_inputs, by name'),
    output,
    output_schema: outputShape,
  },
  { id: 'PlanStep', description: 'Runs another plan; its final output is the output of the step.' },
);
const branchSchema = withSchema(z.looseObject({ when: common.when, condition: common.condition, steps }), {
  id: 'Branch',
  description: 'Taken when its condition is the first that holds.',
});
const ifStepSchema = stepOfKind(
  'if',
  {
    branches: z.array(branchSchema).min(1, 'needs at least one branch'),
    else: withDescription(steps.optional(), 'When no branch is taken'),
  },
  { id: 'IfStep', description: 'Takes the first branch whose condition holds.' },
);
const forEachStepSchema = stepOfKind(
  'for_each',
  {
    ...derived,
    over: withDescription(
      z.union([z.string(), z.array(json)]),
      'An expression that gives the list, or the list itself',
    ),
    as: withDescription(name(), 'Name of the item inside of the loop'),
    steps,
    output: withDescription(output.optional(), 'Name of the list of what each iteration leaves'),
    output_schema: outputShape,
    collect,
    max_parallel: withDescription(z.number().int().positive().optional(), 'Iterations at the same time at most'),
    on_error: withDescription(
      z.union([z.literal('continue'), steps]).optional(),
      'continue: an item that fails leaves null, and $failures lists it after the loop. Or what is done when the loop fails',
    ),
  },
  { id: 'ForEachStep', description: 'Does its steps for each item of a list.' },
);
const whileStepSchema = stepOfKind('while', repeat, {
  id: 'WhileStep',
  description: 'Does its steps as long as the condition holds, looking before each round.',
});
const doWhileStepSchema = stepOfKind('do_while', repeat, {
  id: 'DoWhileStep',
  description: 'Does its steps once, and again as long as the condition holds.',
});

const { agent, ...otherKinds } = {
  agent: agentStepSchema,
  tool: toolStepSchema,
  llm: llmStepSchema,
  react: reactStepSchema,
  compute: computeStepSchema,
  user_input: userInputStepSchema,
  user_verify: userVerifyStepSchema,
  wait: waitStepSchema,
  wait_for: waitForStepSchema,
  exit: exitStepSchema,
  plan: subPlanStepSchema,
  if: ifStepSchema,
  for_each: forEachStepSchema,
  while: whileStepSchema,
  do_while: doWhileStepSchema,
} satisfies { [Kind in StepKindName]: z.ZodType<StepOf<Kind>> };

export const stepSchema: z.ZodType<Step> = withSchema(
  z.discriminatedUnion('kind', [agent, ...Object.values(otherKinds)]),
  { id: 'Step' },
);

/** The kinds by the names that people read: a step without `kind` is an agent step. */
export type StepKindName = KindNameOf<Step>;
type KindNameOf<Of extends Step> = NonNullable<Of['kind']> | (undefined extends Of['kind'] ? 'agent' : never);

/** The steps of one kind. */
export type StepOf<Kind extends StepKindName, Of extends Step = Step> = Of extends Step
  ? Kind extends KindNameOf<Of>
    ? Of
    : never
  : never;

export const planSchema = z.looseObject({
  id: idOf('plan', { description: 'Without one, the plan gets one that is made from its content' }),
  plan_context: contextSchema,
  steps: withDescription(z.array(stepSchema), 'Done in this order'),
  plan_inputs: withDescription(z.array(planInputSchema).default([]), 'Values that each run of the plan is given'),
  output_schema: withDescription(jsonSchema.optional(), 'JSON Schema that the final output is made to fit'),
  summarize: withDescription(z.boolean().optional(), 'Whether a model also writes a summary of each run'),
  notify: withDescription(
    z.array(z.string().min(1)).optional(),
    'Names of the targets in the settings that are told of its runs, and nobody else',
  ),
  derived_from: idOf('plan', { description: 'The plan that this one was made from by editing' }).optional(),
  metadata,
});
export type Plan = z.infer<typeof planSchema>;
export type PlanInput = z.infer<typeof planInputSchema>;
export type Variable = z.infer<typeof variableSchema>;
