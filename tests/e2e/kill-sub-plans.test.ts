import { expect, test } from 'vitest';

import type { Clarification } from '../../src/domain/run/clarification.js';
import { killBinary, killAtEachKind, runUndisturbed, type KillScenario } from '../support/kill-everywhere.js';
import { makeProject } from '../support/portia.js';

const write = (filename: string, content: string) => ({
  kind: 'tool',
  tool_id: 'file_writer_tool',
  args: { filename, content },
  output: '$file',
});

/** A plan in a loop that asks, runs a plan of its own, and writes. */
const PLAN = {
  plan_context: { query: 'order', tool_ids: ['file_writer_tool'] },
  steps: [
    {
      kind: 'for_each',
      over: '["ink", "paper"]',
      as: 'item',
      steps: [
        {
          kind: 'plan',
          inputs: { what: '{{ $item }}' },
          plan: {
            plan_context: { query: 'order one', tool_ids: ['file_writer_tool'] },
            plan_inputs: [{ name: 'what' }],
            steps: [
              { kind: 'user_input', message: 'How many {{ $what }}?', schema: { type: 'integer' }, output: '$many' },
              {
                kind: 'plan',
                inputs: { what: '{{ $what }}', many: '{{ $many }}' },
                plan: {
                  plan_context: { query: 'write one', tool_ids: ['file_writer_tool'] },
                  plan_inputs: [{ name: 'what' }, { name: 'many' }],
                  steps: [write('{{ $what }}.txt', '{{ $many }} {{ $what }}')],
                },
                output: '$written',
              },
              { kind: 'compute', expression: '$string($many) & " " & $what', output: '$ordered' },
            ],
          },
          output: '$one',
        },
      ],
      output: '$all',
    },
    { kind: 'user_verify', message: 'Order {{ $join($all, " and ") }}?' },
    write('order.txt', '{{ $join($all, ", ") }}'),
  ],
};

const scenario: KillScenario = {
  project: () => makeProject({ 'outer.json': PLAN }),
  start: ['run-plan', 'outer.json'],
  answers: (question: Clarification) => (question.category === 'User Verification' ? true : 3),
};

test(
  'when the process is killed after each kind of event of a run or of the runs inside it then the end is the same',
  { timeout: 240_000 },
  async () => {
    const undisturbed = await runUndisturbed(scenario);
    expect(undisturbed.run.outputs.step_outputs['$all']?.['value']).toEqual(['3 ink', '3 paper']);
    expect(new Set(undisturbed.events.map(({ run_id }) => run_id)).size).toBe(5);
    // Written by several processes, one after the other.
    const times = undisturbed.events.map(({ ts }) => ts);
    expect(times).toEqual(times.toSorted());
    const { points } = await killAtEachKind(scenario, undisturbed);
    expect(points).toBeGreaterThan(20);
    await killBinary(scenario, undisturbed, 40);
  },
);
