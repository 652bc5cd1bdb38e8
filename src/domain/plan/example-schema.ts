import * as z from 'zod';

import { withDescription } from '../values/schema-meta.js';

/** What the metadata of a plan say of a plan that was an example for it. */
export const exampleSchema = z.looseObject({
  plan_id: z.string(),
  measure: withDescription(
    z.enum(['bm25', 'embeddings']).optional(),
    'How it was found; absent for one that was given',
  ),
  score: withDescription(z.number().optional(), 'By this measure'),
  shared: withDescription(z.array(z.string()).optional(), 'Words and tools that both requests have'),
});
export type PlanExample = z.infer<typeof exampleSchema>;
