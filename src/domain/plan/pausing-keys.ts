import * as z from 'zod';

import { withDescription } from '../values/schema-meta.js';
import { derived, json, jsonSchema, message, name, output, outputShape } from './key-schemas.js';

// The keys of the steps at which a run may pause: for a person, a time or an event.

export const userInputKeys = {
  ...derived,
  message,
  options: withDescription(
    z.union([z.array(json).min(1), z.string()]).optional(),
    'What can be chosen: a list, or an expression that gives one',
  ),
  schema: withDescription(jsonSchema.optional(), 'JSON Schema that the answer must fit'),
  output,
  output_schema: outputShape,
};

export const userVerifyKeys = {
  ...derived,
  message,
  output: output.optional(),
  on_no: withDescription(
    z.enum(['end', 'continue']).optional(),
    'What a no does: ends the run (default), or leaves false',
  ),
};

const DURATION = 'a number with ms, s, m, h or d, as in 90s or 2d; {{ expression }} is filled in';

export const waitKeys = {
  ...derived,
  until: withDescription(
    z.string().optional(),
    'The time that is waited for, with its zone: 2026-12-01T09:00:00Z; {{ expression }} is filled in',
  ),
  for: withDescription(z.string().optional(), `How long: ${DURATION}`),
  output: withDescription(output.optional(), 'Name under which later steps find the time that was waited for'),
};

export const waitForKeys = {
  ...derived,
  event: withDescription(name(), 'Name of the event that is waited for; {{ expression }} is filled in'),
  key: withDescription(
    z.string().optional(),
    'What the event must be about, e.g. the number of an order; {{ expression }} is filled in',
  ),
  timeout: withDescription(z.string().optional(), `How long at most: ${DURATION}`),
  on_timeout: withDescription(
    z.union([z.literal('fail'), z.looseObject({ value: json })]).optional(),
    'After that time: the step fails (default), or leaves this value',
  ),
  output,
  output_schema: outputShape,
};
