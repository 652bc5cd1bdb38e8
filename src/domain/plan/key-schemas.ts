import * as z from 'zod';

import { jsonValue } from '../values/schema-atoms.js';
import { withDescription, withSchema } from '../values/schema-meta.js';
import { isJsonObject, type JsonSchema } from '../values/json.js';
import { AGENT_TYPES } from '../values/agent-types.js';
import { exampleSchema } from './example-schema.js';
import { usageSchema } from './usage-schema.js';

// The keys that several parts of a plan share; `plan-schema.ts` says which part has which.

export const jsonSchema = withSchema(z.custom<JsonSchema>(isJsonObject, 'must be a JSON Schema'), {
  type: 'object',
  description: 'A JSON Schema, draft 2020-12 or 7',
});
export const json = jsonValue('Any JSON value; in texts {{ expression }} is filled in');
export const name = () => z.string().min(1, 'must not be empty');

export const variableSchema = withSchema(
  z.looseObject({
    name: withDescription(name(), 'Name of an earlier output or plan input; $x and x are the same name'),
    description: z.string().default(''),
  }),
  { id: 'Variable' },
);

export const planInputSchema = withSchema(
  z.looseObject({
    name: withDescription(name(), '$x and x are the same name'),
    description: z.string().nullish(),
    default: withDescription(json.optional(), 'The value when a run gives none; without it the input is required'),
    schema: withDescription(jsonSchema.optional(), 'JSON Schema that every value must fit'),
  }),
  { id: 'PlanInput' },
);

export const contextSchema = z.looseObject({
  query: withDescription(z.string(), 'The request that the plan is for'),
  tool_ids: withDescription(
    z.array(z.string()).default([]),
    'The tools that the planner could choose from; made from the steps when its author gave none',
  ),
});

export const output = withDescription(
  name(),
  'Name under which later steps find what this one leaves; $x and x are the same name',
);

export const common = {
  name: withDescription(z.string().optional(), 'What people call the step'),
  when: withDescription(z.string().optional(), 'An expression (JSONata), judged here; must be true or false'),
  condition: withDescription(z.string().nullish(), 'A sentence, judged by the introspection model'),
  timeout_ms: withDescription(z.number().int().positive().optional(), 'How long one attempt may take, in milliseconds'),
  retries: withDescription(z.number().int().min(0).max(100).optional(), 'How often a failed attempt is made again'),
};

export const outputShape = withDescription(jsonSchema.optional(), 'JSON Schema that the output is made to fit');
const model = withDescription(z.string().optional(), 'provider/name of the model that does this step');
const task = withDescription(z.string(), 'What to do, for a model; {{ expression }} is filled in');
const inputs = withDescription(z.array(variableSchema), 'What the step gets');

export const agentWork = {
  task,
  inputs: inputs.default([]),
  output,
  output_schema: outputShape,
  model,
};

export const agentType = withDescription(
  z.enum(AGENT_TYPES).optional(),
  'How the agent works: one-shot, verified (its arguments are traced before the call) or react. Default: as the settings say',
);

export const writes = withDescription(
  z.array(z.string()).optional(),
  'Globs of the files that the agent may make without a question, relative to the project: reports/*.md',
);

export const derived = {
  task: withDescription(z.string().optional(), 'Made from the step when its author gave none'),
  inputs: withDescription(inputs.optional(), 'Made from the step when its author gave none'),
};

export const toolId = withDescription(name(), 'portia tools list shows them');
export const message = withDescription(z.string(), 'What a person reads; {{ expression }} is filled in');

/** Who made the plan. */
const PLANNERS = ['model', 'offline', 'hand'] as const;

export const metadata = z.looseObject({
  schema_version: z.literal(1),
  created_at: withDescription(z.string(), 'ISO 8601, UTC'),
  planner: withDescription(z.enum(PLANNERS), 'Who made the plan'),
  model: withDescription(z.string().optional(), 'provider/name of the planning model'),
  usage: usageSchema.optional(),
  examples: withDescription(z.array(exampleSchema).optional(), 'Plans that the model was shown as examples'),
});
