import * as z from 'zod';

import { withDescription, withSchema } from '../values/schema-meta.js';

export const usageSchema = withSchema(
  z.looseObject({
    calls: withDescription(z.number(), 'Model calls'),
    input_tokens: z.number(),
    output_tokens: z.number(),
    estimated: withDescription(
      z.boolean().optional(),
      'Tokens that a server did not count are estimated by characters',
    ),
  }),
  { id: 'Usage' },
);
export type Usage = z.infer<typeof usageSchema>;
