import type { Json } from '../../src/domain/values/json.js';
import { planSchema } from '../../src/domain/plan/plan-schema.js';
import type { Plan, PlanInput, StepKindName } from '../../src/domain/plan/plan.js';

const PLAN_ID = 'plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977';

/** One valid step of every kind, as a person would write it. They use $list, a plan input, and leave different names. */
export const STEPS_OF_EVERY_KIND: Record<StepKindName, { [key: string]: Json }> = {
  agent: { task: 'Find it', inputs: [{ name: '$list' }], tool_id: 'search_tool', output: '$found' },
  tool: { kind: 'tool', tool_id: 'search_tool', args: { query: '{{ $list[0] }}' }, output: '$searched' },
  llm: { kind: 'llm', task: 'Sum up', inputs: [{ name: '$list' }], output: '$summary' },
  react: { kind: 'react', task: 'Work on {{ $list }}', tools: ['search_tool'], inputs: [], output: '$worked' },
  compute: { kind: 'compute', expression: '$count($list)', output: '$how_many' },
  user_input: { kind: 'user_input', message: 'Which of {{ $list }}?', options: ['a', 2], output: '$chosen' },
  user_verify: { kind: 'user_verify', message: 'Go on with {{ $list }}?' },
  wait: { kind: 'wait', for: '{{ $count($list) }}ms' },
  wait_for: { kind: 'wait_for', event: 'payment', key: '{{ $list[0] }}', output: '$payment' },
  exit: { kind: 'exit', message: 'Done with {{ $list }}' },
  plan: { kind: 'plan', plan: PLAN_ID, inputs: { list: '{{ $list }}' }, output: '$inner' },
  if: {
    kind: 'if',
    branches: [{ when: '$count($list) > 1', steps: [{ kind: 'compute', expression: '1', output: '$size' }] }],
    else: [{ kind: 'compute', expression: '0', output: '$size' }],
  },
  for_each: {
    kind: 'for_each',
    over: '$list',
    as: 'item',
    steps: [{ kind: 'compute', expression: '$item', output: '$same' }],
    output: '$all',
  },
  while: {
    kind: 'while',
    when: '$count($list) < 0',
    steps: [{ kind: 'compute', expression: '1', output: '$turn' }],
    max_iterations: 3,
  },
  do_while: {
    kind: 'do_while',
    when: '$turns > $count($list)',
    steps: [{ kind: 'compute', expression: '4', output: '$turns' }],
    max_iterations: 3,
  },
};

/** A plan with these steps and inputs, read as a file is. */
export function planWith(steps: Json[], inputs: PlanInput[] = []): Plan {
  return planSchema.parse({
    id: PLAN_ID,
    plan_context: { query: 'q', tool_ids: [] },
    steps,
    plan_inputs: inputs,
    metadata: { schema_version: 1, created_at: '2026-01-01T00:00:00.000Z', planner: 'hand' },
  });
}

/** A computing step, the shortest there is. */
export function compute(
  expression: string,
  output: string,
  more: { [key: string]: Json } = {},
): { [key: string]: Json } {
  return { kind: 'compute', expression, output, ...more };
}
