import type { EventBody } from '../../domain/run/events.js';
import type { PlanId, RunId } from '../../domain/values/ids.js';
import type { PlanComment } from '../../domain/run/plan-comment.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { PlanningExchange } from '../../domain/run/planning-exchange.js';

export const PLAN_ID: PlanId = 'plan-01890000-0000-7000-8000-0000000000a1';
export const RUN_ID: RunId = 'prun-01890000-0000-7000-8000-0000000000b1';

export function planWith(id: PlanId = PLAN_ID, task = 'Add 1 and 2'): Plan {
  return {
    id,
    plan_context: { query: 'add 1 + 2', tool_ids: ['calculator_tool'] },
    steps: [{ task, inputs: [], tool_id: 'calculator_tool', output: '$sum' }],
    plan_inputs: [],
    metadata: { schema_version: 1, created_at: '2024-05-06T07:08:09.000Z', planner: 'hand' },
  };
}

export const CREATED = {
  type: 'run.created',
  plan_id: PLAN_ID,
  plan_digest: 'd1',
  step_count: 2,
  end_user_id: 'portia:default_user',
  plan_run_inputs: {},
} satisfies EventBody;

/** A run that was created and did `steps` of its steps. */
export function eventsOfRun(steps: number): EventBody[] {
  const done = Array.from({ length: steps }, (_, index): EventBody[] => [
    { type: 'step.started', path: String(index), attempt: 1 },
    {
      type: 'step.completed',
      path: String(index),
      output_name: `$o${index}`,
      output: { value: `value ${index}`, summary: null },
    },
  ]);
  return [CREATED, { type: 'run.started' }, ...done.flat()];
}

export function commentWith(digit: number, plan: PlanId = PLAN_ID): PlanComment {
  return {
    id: `0189000${digit}-0000-4000-8000-0000000000c1`,
    plan_id: plan,
    step: '0',
    step_digest: 'd0',
    author: { user: 'ada', host: 'laptop', name: 'Ada' },
    at: `2026-11-30T09:00:0${digit}.000Z`,
    text: `Why 1 + 2?\n  <b>${digit}</b>`,
  };
}

/** What a planning model was sent and said for the plan. */
export const EXCHANGES: PlanningExchange[] = [
  {
    attempt: 1,
    model: 'openai/m',
    started_at: '2026-11-30T09:00:00.000Z',
    ms: 12,
    usage: { calls: 1, input_tokens: 10, output_tokens: 5 },
    request: { messages: [{ role: 'user', text: 'Add 1 + 2\n</data>' }] },
    request_state: 'kept',
    reply: { text: '{"steps":[]}' },
    error: null,
  },
];
