import * as z from 'zod';

import { usageSchema } from '../plan/usage-schema.js';

/** What the planning model was sent and what it said, without secrets. */
const planningExchangeSchema = z.object({
  /** From 1: each but the last was rejected. */
  attempt: z.int().positive(),
  model: z.string(),
  /** ISO 8601, UTC. */
  started_at: z.iso.datetime(),
  ms: z.number().nonnegative(),
  usage: usageSchema.nullable(),
  /** Messages and the form of the reply; null when they were too large. */
  request: z.json(),
  request_state: z.enum(['kept', 'not_kept']),
  /** Messages after the request: the first reply, which could not be used, and what was said about it. */
  repair: z.json().optional(),
  /** Its text; null when there is none. */
  reply: z.json(),
  /** What was thought, where that is kept. */
  reasoning: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), why: z.string().optional() }).nullable(),
});

export type PlanningExchange = z.infer<typeof planningExchangeSchema>;

/** As they are kept with a plan, in the order in which they were made. */
export const planningExchangesSchema = z.array(planningExchangeSchema);
