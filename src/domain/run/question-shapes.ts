import * as z from 'zod';

import { json } from '../values/schema-atoms.js';
import { withDescription } from '../values/schema-meta.js';
import { CHANNELS } from './clarification.js';
import { clarificationSchema, personSchema } from './clarification-schema.js';

export const channel = z.enum(CHANNELS);

const { id } = clarificationSchema.options[0].shape;
const asked = withDescription(z.string().optional(), 'Digest of what was asked');
const given = withDescription(z.number().int().optional(), 'seq of the answer.given that it is');
const reason = withDescription(z.string().optional(), 'Why, as the person said it');
const by = personSchema.optional();

/** What events about questions say, beside what every event says. */
export const QUESTION_SHAPES = {
  'clarification.raised': { clarification: clarificationSchema },
  'clarification.joined': {
    id: withDescription(id, 'The open question about the same action'),
    key: withDescription(z.string(), 'Key of the effect that waits for it, too'),
    path: z.string().optional(),
  },
  'clarification.resolved': { id, response: json, channel, asked, given, reason, by },
  'clarification.expired': { id: withDescription(id, 'The question that nobody answered in time') },
  'approval.given': {
    id,
    response: withDescription(z.literal(true), 'A person agreed, and others must, too'),
    channel,
    asked,
    given,
    by,
  },
  'answer.given': {
    selector: withDescription(z.string(), 'Path or output of the question that is not asked yet'),
    form: z.enum(['text', 'json']),
    value: json,
    channel,
    by,
  },
};
