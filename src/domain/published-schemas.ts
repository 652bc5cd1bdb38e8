import * as z from 'zod';

import { descriptions, withDescription, withSchema } from './values/schema-meta.js';
import { ERROR_CODES } from './errors.js';
import { recordingLineSchema } from './recording/recording-schema.js';
import { eventSchema } from './run/event-schema.js';
import { idPattern } from './values/ids.js';
import { isJsonObject, type JsonObject, type JsonSchema } from './values/json.js';
import { usageSchema } from './plan/usage-schema.js';
import { planSchema } from './plan/plan-schema.js';
import { runSchema } from './run/run-schema.js';
import { testFileSchema } from './testing/test-file-schema.js';

/** What others may read or write, with a JSON Schema each. */
export const PUBLISHED_KINDS = ['plan', 'run', 'event', 'recording', 'error', 'test'] as const;
export type PublishedKind = (typeof PUBLISHED_KINDS)[number];

/** As people and other tools write plans: what portia adds may be missing, an id may lack its prefix. */
const planFileSchema = planSchema.extend({
  id: withSchema(z.string().optional(), {
    ...descriptions.get(planSchema.shape.id),
    pattern: idPattern('plan').replace('plan-', '(plan-)?'),
  }),
  metadata: withDescription(planSchema.shape.metadata.partial().optional(), 'Made by portia'),
});

const errorLineSchema = z.looseObject({
  error: z.looseObject({
    code: withDescription(z.enum(ERROR_CODES), 'Stable, unlike the message'),
    message: withDescription(z.string(), 'What happened'),
    why: z.string().nullable(),
    fix: withDescription(z.string().nullable(), 'What to do, preferably a command that can be pasted'),
    exit_code: z.number().int(),
    retryable: withDescription(z.boolean(), 'Whether the same call may succeed later'),
    resumable: withDescription(z.boolean(), 'Whether portia resume continues from here'),
    plan_id: z.string().optional(),
    run_id: z.string().optional(),
    pointer: withDescription(z.string().optional(), 'JSON pointer into what is at fault'),
    usage: withDescription(usageSchema.optional(), 'What was spent on replies of a model that could not be used'),
  }),
});

const DOCUMENTS: Record<PublishedKind, { schema: z.ZodType; io: 'input' | 'output'; description: string }> = {
  plan: { schema: planFileSchema, io: 'input', description: 'A plan, as JSON or YAML' },
  run: { schema: runSchema, io: 'output', description: 'A run, as portia keeps and prints it' },
  event: { schema: eventSchema, io: 'output', description: 'One line of events.ndjson or of --format ndjson' },
  test: { schema: testFileSchema, io: 'input', description: 'A file of tests for portia test, as JSON or YAML' },
  recording: { schema: recordingLineSchema, io: 'input', description: 'One line of a recording' },
  error: { schema: errorLineSchema, io: 'output', description: 'The line on standard error when a command fails' },
};

/** JSON Schema, draft 2020-12, for editors and checkers. */
export function publishedSchema(kind: PublishedKind): JsonSchema {
  const { schema, io, description } = DOCUMENTS[kind];
  const made = z.toJSONSchema(schema, {
    io,
    metadata: descriptions,
    unrepresentable: 'any',
    override: finish,
  });
  const { $schema, '~standard': _standard, ...rest } = made as JsonObject;
  return { $schema: $schema ?? null, $id: `urn:portia:${kind}:1`, title: `portia ${kind}`, description, ...rest };
}

type Finishing = { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema };

function finish({ zodSchema, jsonSchema }: Finishing): void {
  // Every whole number is one that JavaScript can count to; saying so helps nobody.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (descriptions.get(zodSchema)?.id !== 'AgentStep' || !isJsonObject(jsonSchema.properties)) return;
  // The step without a kind is recognised by the key's absence, which zod cannot say in JSON Schema.
  delete jsonSchema.properties['kind'];
  jsonSchema.not = { required: ['kind'] };
}
