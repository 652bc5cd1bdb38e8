import * as z from 'zod';

import { idOf, json, jsonObject } from '../values/schema-atoms.js';
import { withDescription, withSchema } from '../values/schema-meta.js';
import type { JsonSchema } from '../values/json.js';
import { TOOL_EFFECTS } from '../values/tool-effects.js';
import { VOUCHERS } from './person.js';

const valueSchema = withDescription(
  withSchema(z.custom<JsonSchema>(), { type: 'object' }).optional(),
  'JSON Schema that the answer must fit',
);

/** Who answered or confirmed. */
export const personSchema = withDescription(
  z.looseObject({
    user: z.string(),
    host: z.string(),
    name: withDescription(z.string().optional(), 'As it was given with --by, or as somebody vouches for it'),
    vouched_by: withDescription(
      z.enum(VOUCHERS).optional(),
      'Who vouches for the name; absent when only the person says it',
    ),
  }),
  'Who did it: the user and the machine',
);

const names = z.array(z.string());

/** Yes of one of several people who must agree. */
const approvalGiven = z.looseObject({
  by: personSchema.optional(),
  at: withDescription(z.string(), 'ISO 8601, UTC'),
  channel: z.string(),
  asked: withDescription(z.string().optional(), 'Digest of what was asked: it holds for nothing else'),
});

/** Who is asked, and until when, as the plan says it. */
const policyShape = {
  assignees: withDescription(names.optional(), 'Only these people may answer; absent for anybody'),
  approvers: withDescription(
    z
      .looseObject({
        any_of: withDescription(names.optional(), 'Only these may agree or say no; absent for anybody'),
        required: withDescription(z.number().int().positive(), 'So many different people must agree'),
        except: withDescription(names.optional(), 'These may not: the one who started the run'),
      })
      .optional(),
    'Who must agree; one no is a no',
  ),
  approvals: withDescription(z.array(approvalGiven).optional(), 'Those who agreed before the last one'),
  expires_at: withDescription(z.string().optional(), 'No answer is taken from then on; ISO 8601, UTC'),
  on_expiry: withDescription(
    z.union([z.enum(['stop', 'steps']), z.looseObject({ value: json })]).optional(),
    'What happens then: the run stops, the plan has other steps, or this value is the answer',
  ),
  expired: withDescription(z.literal(true).optional(), 'Set when nobody answered in time'),
};

const base = {
  id: idOf('clar'),
  plan_run_id: z.string().nullable().default(null),
  response: withDescription(json.nullable().default(null), 'The answer; null until there is one'),
  step: withDescription(z.number().int().nullable().default(null), 'Index of the top-level step'),
  user_guidance: withDescription(z.string(), 'The question'),
  resolved: z.boolean().default(false),
  source: withDescription(z.string().nullable().default(null), 'Who asks, for people'),
  path: withDescription(z.string().optional(), 'Path of the step that asks; absent in files of the Python SDK'),
  key: withDescription(z.string().optional(), 'Key of the effect that asks: the same question is never raised twice'),
  output: withDescription(z.string().optional(), "Name of that step's output, so that answers can name it"),
  raised_at: withDescription(z.string().optional(), 'ISO 8601, UTC'),
  resolved_at: withDescription(z.string().optional(), 'ISO 8601, UTC'),
  channel: withDescription(
    z.string().optional(),
    'How the answer came: prompt, form, flag, file, api, import, hook, web (a page), link (a signed link), github (a comment), ' +
      'tool when the tool says that it is done, or expiry when nobody answered in time',
  ),
  reason: withDescription(z.string().optional(), 'Why it was answered so, as the person said it'),
  asked: withDescription(
    z.string().optional(),
    'Digest of what was asked when the answer came: it holds for nothing else',
  ),
  joined: withDescription(
    z.array(z.looseObject({ key: z.string(), path: z.string().optional() })).optional(),
    'Keys of other effects, and paths of their steps, that wait for the same action: a person is asked once',
  ),
  replaces: withDescription(z.string().optional(), 'The earlier question that this one asks again, about what is now'),
  answered_by: personSchema.optional(),
  ...policyShape,
};

const sourceShape = {
  from: withDescription(
    z.enum(['plan', 'input', 'step', 'tool', 'model', 'person', 'hook']),
    'plan: written there; tool without a step: a default of the tool that is called',
  ),
  name: withDescription(z.string().optional(), 'The name by which the step took it: $page'),
  step: withDescription(z.string().optional(), 'Path of the step that gave it'),
  tool: z.string().optional(),
  model: z.string().optional(),
};

const sourceSchema = withSchema(
  z.looseObject({
    ...sourceShape,
    read: withDescription(
      z.array(z.looseObject(sourceShape)).optional(),
      'Of a model: what it had been given when it wrote the value',
    ),
  }),
  { id: 'ValueSource', description: 'Where a value came from' },
);
export type ValueSource = z.infer<typeof sourceSchema>;

const argument = { argument_name: z.string(), schema: valueSchema };

const call = {
  tool_id: withDescription(z.string().optional(), 'The tool that a yes would call'),
  args: withDescription(jsonObject.optional(), 'Exactly these arguments'),
  tool_fingerprint: withDescription(
    z.string().optional(),
    "Of the tool when it was asked; absent for portia's own tools",
  ),
};

export const clarificationSchema = withSchema(
  z.discriminatedUnion('category', [
    withDescription(
      z.looseObject({
        category: z.literal('Action'),
        ...base,
        action_url: z.string(),
        require_confirmation: z.boolean().default(false),
        provider: withDescription(
          z.string().optional(),
          'Who lets the person in: tools that are not ready ask one thing of each at a time',
        ),
        may_skip: withDescription(
          z.boolean().optional(),
          'Set when the answer can be skip: the run continues until a call needs it',
        ),
      }),
      'A person has to do something elsewhere',
    ),
    withDescription(z.looseObject({ category: z.literal('Input'), ...base, ...argument }), 'A value is wanted'),
    withDescription(
      z.looseObject({
        category: z.literal('Multiple Choice'),
        ...base,
        argument_name: z.string(),
        options: z.array(json),
        unknown_outcome: withDescription(
          z.boolean().optional(),
          'Set when the question is what happened to a call whose outcome is unknown',
        ),
        still_acting: withDescription(
          z.looseObject({ host: z.string(), until: z.string() }).optional(),
          'Set when the process that made the call was not seen to end: its machine may still be doing it until then ' +
            '(ISO 8601, UTC), and not_done is not taken before',
        ),
        ...call,
      }),
      'One of several values is wanted',
    ),
    withDescription(
      z.looseObject({
        category: z.literal('Value Confirmation'),
        ...base,
        ...argument,
        value: withDescription(json.optional(), 'What a yes confirms; the Python SDK keeps it in response'),
      }),
      'A value is to be confirmed',
    ),
    withDescription(
      z.looseObject({
        category: z.literal('User Verification'),
        ...base,
        ...call,
        args_schema: withDescription(
          withSchema(z.custom<JsonSchema>(), { type: 'object' }).optional(),
          'JSON Schema of the arguments: those of a yes with other arguments must fit it',
        ),
        effect: withDescription(z.enum(TOOL_EFFECTS).optional(), 'Of the tool'),
        sends: withDescription(z.boolean().optional(), 'Set when the arguments leave the machine'),
        sources: withDescription(
          z.record(z.string(), z.array(sourceSchema)).optional(),
          'Where each argument came from, by its name',
        ),
        only_this: withDescription(
          z.boolean().optional(),
          'Set when only a yes to this very call counts, whatever was approved beforehand',
        ),
        may_keep: withDescription(
          z.boolean().optional(),
          'Set when the answer "always" is taken: the tool, as it is, may be called in this project from then on',
        ),
        by_agent: withDescription(
          z.boolean().optional(),
          'Set when a model makes the call: a no with a reason is told to it, and does not end the run',
        ),
        facts: withDescription(
          jsonObject.optional(),
          'What the call would act upon, as it was when it was asked: a yes holds for nothing else',
        ),
      }),
      'A person has to agree',
    ),
    withDescription(
      z.looseObject({
        category: z.literal('Custom'),
        ...base,
        name: z.string(),
        data: z.record(z.string(), json).default({}),
      }),
      'A question of a tool’s own kind',
    ),
  ]),
  { id: 'Clarification' },
);

export type Clarification = z.infer<typeof clarificationSchema>;
