import * as z from 'zod';

import { withDescription, withSchema } from '../values/schema-meta.js';
import { json, name } from './key-schemas.js';

const names = z.array(name()).min(1, 'needs at least one name');

const approversSchema = withSchema(
  z.looseObject({
    any_of: withDescription(
      names.optional(),
      'Only these people may agree or say no; without it anybody. {{ expression }} is filled in',
    ),
    required: withDescription(z.number().int().positive().optional(), 'So many different people must agree (1)'),
    not: withDescription(z.literal('starter').optional(), 'Whoever started the run may not agree'),
  }),
  { id: 'Approvers', description: 'Who must agree; one no is a no.' },
);

/** The keys of steps that may ask: who is asked, until when, and what happens then. `steps`: of a block. */
export function askingKeys<Steps extends z.ZodType>(steps: Steps) {
  return {
    assignees: withDescription(names.optional(), 'Only these people may answer; {{ expression }} is filled in'),
    approvers: approversSchema.optional(),
    expires_in: withDescription(
      z.string().optional(),
      'How long a question takes an answer: a number with ms, s, m, h or d, as in 24h; {{ expression }} is filled in',
    ),
    on_expiry: withDescription(
      z.union([z.literal('stop'), z.looseObject({ value: json }), steps]).optional(),
      'After that time: the run stops (default), this value is the answer of a user_input, or these steps are done',
    ),
  };
}
