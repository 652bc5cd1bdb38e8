import type { EventBody, RunEvent } from '../../src/domain/run/events.js';
import { planSchema } from '../../src/domain/plan/plan-schema.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import { runSchema } from '../../src/domain/run/run-schema.js';
import type { Run } from '../../src/domain/run/run.js';
import { makeLook, type Look } from '../../src/ui/look.js';

export const PLAN_ID = 'plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977';
export const RUN_ID = 'prun-18d9aa91-0066-413f-af32-b979bce89821';

/** Without colour, 80 cells wide, at noon. */
export const look: Look = makeLook({ now: new Date('2026-11-23T12:00:00.000Z') });

/** A plan of the Python SDK's shape around the given steps. */
export function planOf(steps: unknown[], fields: Record<string, unknown> = {}): Plan {
  return planSchema.parse({
    id: PLAN_ID,
    plan_context: { query: 'Which stock price grew faster, Amazon or Google?', tool_ids: [] },
    steps,
    metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'model' },
    ...fields,
  });
}

/** The plan of the Python SDK's example: two searches and a comparison. */
export const seedPlan: Plan = planOf([
  {
    task: 'Search for the latest stock price growth data for Amazon.',
    inputs: [],
    tool_id: 'search_tool',
    output: '$amazon_stock_growth',
  },
  {
    task: 'Search for the latest stock price growth data for Google.',
    inputs: [],
    tool_id: 'search_tool',
    output: '$google_stock_growth',
  },
  {
    task: 'Compare the stock price growth of Amazon and Google.',
    inputs: [{ name: '$amazon_stock_growth' }, { name: '$google_stock_growth' }],
    tool_id: 'llm_tool',
    output: '$stock_growth_comparison',
  },
]);

export function runOf(fields: Record<string, unknown> = {}): Run {
  return runSchema.parse({
    id: RUN_ID,
    plan_id: PLAN_ID,
    current_step_index: 0,
    state: 'IN_PROGRESS',
    outputs: { clarifications: [], step_outputs: {}, final_output: null },
    end_user_id: 'portia:default_user',
    plan_run_inputs: {},
    error: null,
    pause: null,
    steps: [],
    usage: { calls: 0, input_tokens: 0, output_tokens: 0 },
    plan_digest: '',
    metadata: {
      schema_version: 1,
      created_at: '2026-11-23T10:00:00.000Z',
      updated_at: '2026-11-23T10:00:05.000Z',
      last_seq: 1,
      step_count: 3,
    },
    ...fields,
  });
}

/** A step record that took 1.2 s. */
export function stepRecord(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    path: '0',
    status: 'completed',
    attempts: 1,
    started_at: '2026-11-23T10:00:00.000Z',
    finished_at: '2026-11-23T10:00:01.200Z',
    ...fields,
  };
}

/** Events of one run, a second apart, from noon. */
export function eventsOf(...bodies: EventBody[]): RunEvent[] {
  return bodies.map((body, index) => ({
    v: 1,
    seq: index + 1,
    ts: `2026-11-23T12:00:${String(index).padStart(2, '0')}.000Z`,
    run_id: RUN_ID,
    ...body,
  }));
}
