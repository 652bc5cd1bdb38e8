import { completeStructured } from '../../src/models/structured-reply.js';
import type { PlanQueryRequest } from '../../src/planner/plan-query.js';

/** When and how the tests plan: always on the same day, and with the same id. */
export const PLANNED_THEN = {
  examples: [],
  today: '2026-11-23',
  createdAt: '2026-11-23T01:02:03.000Z',
  newId: (prefix) => `${prefix}-01890a5d-ac96-774b-bcce-b302099a8057`,
  signal: new AbortController().signal,
  completeStructured,
} satisfies Partial<PlanQueryRequest>;
