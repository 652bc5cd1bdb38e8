import * as z from 'zod';

import { usageSchema } from '../plan/usage-schema.js';

/** A call of a model that a tool made by itself, without secrets. */
const toolModelCallSchema = z.object({
  model: z.string(),
  /** Milliseconds from the beginning of the tool's call. */
  after_ms: z.number(),
  ms: z.number(),
  usage: usageSchema.nullable(),
  /** Messages; null where all of them together are larger than what is kept. */
  request: z.json(),
  /** Its text; null where the request is null. */
  reply: z.json(),
});

export type ToolModelCall = z.infer<typeof toolModelCallSchema>;

/** As they are kept with the call of a tool, in the order in which they were made. */
export const toolModelCallsSchema = z.array(toolModelCallSchema);
