import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { expr, PlanBuilder } from '../../src/index.js';
import { fileOf } from '../support/page-examples.js';
import { handWritten, now, planOf } from './hand-written.js';

const PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000001';

describe('a whole plan', () => {
  const inputs = () =>
    new PlanBuilder('q', { now })
      .input('list', { description: 'Words', default: ['a'], schema: z.array(z.string()) })
      .computeStep({ expression: '$list', output: 'same' });

  test('when it has inputs and a wanted result then it says so', () => {
    const plan = inputs().llmStep({ task: 'Say', inputs: ['list'], output: 'said' });
    const built = plan.finalOutput({ outputSchema: { type: 'string' }, summarize: true }).build();
    expect(built).toStrictEqual(
      planOf(
        [
          { kind: 'compute', expression: '$list', output: '$same' },
          { kind: 'llm', task: 'Say', inputs: [{ name: '$list', description: 'Words' }], output: '$said' },
        ],
        [],
        {
          plan_inputs: [
            {
              name: '$list',
              description: 'Words',
              default: ['a'],
              schema: { type: 'array', items: { type: 'string' } },
            },
          ],
          output_schema: { type: 'string' },
          summarize: true,
        },
      ),
    );
  });

  test('when it is built twice then it is the same plan, and what is added later is in another one', () => {
    const growing = inputs();
    const first = growing.build();
    expect(growing.build()).toStrictEqual(first);
    expect(first.id).toMatch(/^plan-[0-9a-f]{8}-[0-9a-f]{4}-8/);
    const second = growing.exit().build();
    expect(first.steps).toHaveLength(1);
    expect(second.steps).toHaveLength(2);
    expect(second.id).not.toBe(first.id);
  });

  test('when id and time are not given then the id is that of the content and the time is this one', () => {
    const before = Date.now();
    const plan = new PlanBuilder().computeStep({ expression: '1' }).build();
    expect(plan.plan_context.query).toBe('Run the plan built with the Plan Builder');
    expect(Date.parse(plan.metadata.created_at)).toBeGreaterThanOrEqual(before);
    expect(plan.metadata).toMatchObject({ schema_version: 1, planner: 'hand' });
    const named = new PlanBuilder(undefined, { id: PLAN_ID }).computeStep({ expression: '1' }).build();
    expect(named).toMatchObject({ id: PLAN_ID, steps: plan.steps });
  });

  test('when it is the one of the page about the library then it is that one, with its id', () => {
    const json = fileOf('docs/library.md', 'orders.json');
    const plan = new PlanBuilder('Total of the open orders', { now })
      .input('file', { description: 'CSV with the columns state and amount', default: 'orders.csv' })
      .invokeToolStep(({ file }) => ({ tool: 'file_reader_tool', args: { filename: file }, output: 'orders' }))
      .computeStep({ expression: "$sum($orders[state = 'open'].$number(amount))", output: 'total' })
      .singleToolAgentStep(({ total }) => ({
        task: 'Write a reminder to the sales team.',
        inputs: [total],
        tool: 'llm_tool',
        output: 'reminder',
        when: expr`${total} > 1000000`,
      }))
      .build();
    expect(plan).toStrictEqual(handWritten(JSON.parse(json) as { [key: string]: unknown }));
    // Keys stand where a person would look for them.
    expect(JSON.stringify(plan.steps)).toBe(
      JSON.stringify([
        {
          kind: 'tool',
          tool_id: 'file_reader_tool',
          args: { filename: '{{ $file }}' },
          output: '$orders',
        },
        { kind: 'compute', expression: "$sum($orders[state = 'open'].$number(amount))", output: '$total' },
        {
          task: 'Write a reminder to the sales team.',
          inputs: [{ name: '$total', description: '' }],
          tool_id: 'llm_tool',
          output: '$reminder',
          when: '$total > 1000000',
        },
      ]),
    );
  });
});
