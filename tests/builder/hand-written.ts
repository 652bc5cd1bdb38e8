import type { Json, Plan } from '../../src/index.js';
import { readPlanDocument } from '../../src/storage/upgrade/upgrade.js';

const CREATED_AT = '2026-11-23T10:00:00.000Z';

/** When all of these plans were made. */
export const now = () => new Date(CREATED_AT);

/** A plan as a file of it is read: with the id of its content. */
export function handWritten(document: { [key: string]: unknown }): Plan {
  return readPlanDocument(JSON.parse(JSON.stringify(document)), { createdAt: CREATED_AT }).plan;
}

/** A plan with an input `$list` and these steps. */
export function planOf(steps: Json[], tool_ids: string[] = [], more: object = {}): Plan {
  return handWritten({ plan_context: { query: 'q', tool_ids }, steps, plan_inputs: [{ name: '$list' }], ...more });
}
