import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { PortiaError } from '../../src/index.js';
import { fromResponse, PlanBuilder, prettyPrint } from '../../src/plan.js';

/** The error that it throws. */
function errorOf(call: () => unknown): PortiaError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(PortiaError);
    return error as PortiaError;
  }
  throw new Error('the test expected an error');
}

describe('when a plan is built step by step', () => {
  test('then the example of the Python SDK is the plan that it says', () => {
    const plan = new PlanBuilder()
      .step('Step 1', 'tool_id_1', 'output_1')
      .step('Step 2', 'tool_id_2', 'output_2')
      .input('input_1', 'value_1')
      .build();
    expect(plan).toStrictEqual({
      id: plan.id,
      plan_context: { query: '', tool_ids: ['tool_id_1', 'tool_id_2'] },
      steps: [
        { task: 'Step 1', inputs: [], tool_id: 'tool_id_1', output: 'output_1' },
        {
          task: 'Step 2',
          inputs: [{ name: 'input_1', description: 'value_1' }],
          tool_id: 'tool_id_2',
          output: 'output_2',
        },
      ],
      plan_inputs: [],
      metadata: { schema_version: 1, created_at: plan.metadata.created_at, planner: 'hand' },
    });
  });

  test('then what is left out has its default', () => {
    const plan = new PlanBuilder('Weather', z.object({ sunny: z.boolean() }))
      .planInput('$city', 'The city')
      .plan_input('$day', 'The day')
      .step('Look', 'weather_tool', null, [{ name: '$city' }], 'if $day', z.string())
      .step('Tell')
      .input('$output_0')
      .input('$city', 'where', 0)
      .condition('if $output_0 is good')
      .condition('if $day is a weekday', 0)
      .build();
    expect(plan).toMatchObject({
      plan_context: { query: 'Weather', tool_ids: ['weather_tool'] },
      plan_inputs: [
        { name: '$city', description: 'The city' },
        { name: '$day', description: 'The day' },
      ],
      output_schema: { type: 'object', properties: { sunny: { type: 'boolean' } }, required: ['sunny'] },
    });
    expect(plan.steps).toStrictEqual([
      {
        task: 'Look',
        inputs: [
          { name: '$city', description: '' },
          { name: '$city', description: 'where' },
        ],
        tool_id: 'weather_tool',
        output: '$output_0',
        condition: 'if $day is a weekday',
        output_schema: { type: 'string' },
      },
      {
        task: 'Tell',
        inputs: [{ name: '$output_0', description: '' }],
        tool_id: null,
        output: '$output_1',
        condition: 'if $output_0 is good',
      },
    ]);
  });

  test('then a plan without steps is refused', () => {
    expect(errorOf(() => new PlanBuilder('nothing').build())).toMatchObject({
      code: 'invalid-plan',
      details: {
        why: '/steps: Building a plan requires a step to be added to the plan. Add one with step() first.',
      },
    });
  });

  test('then templates that cannot be read are refused, and names that nothing defines are left to the run', () => {
    const builder = new PlanBuilder('q')
      .step('{{ $nothing }}')
      .step('Tell {{ $output_0')
      .step('x')
      .condition('{{ 1 + }}');
    expect(errorOf(() => builder.build()).details.why?.split('\n')).toEqual([
      expect.stringContaining('/steps/1/task: Character 6: {{ is never closed by }}'),
      expect.stringContaining('/steps/2/condition: Character 7: Unexpected end of expression'),
    ]);
    expect(new PlanBuilder('q').step('{{ $nothing }}').build().steps).toHaveLength(1);
  });

  test.each([
    ['input without steps', () => new PlanBuilder().input('$a')],
    ['condition without steps', () => new PlanBuilder().condition('if $a')],
    ['input at an index that does not exist', () => new PlanBuilder().step('x').input('$a', 'b', 1)],
    ['condition at an index below 0', () => new PlanBuilder().step('x').condition('if $a', -1)],
  ])('then an %s is refused', (_what, call) => {
    expect(errorOf(call)).toMatchObject({
      code: 'invalid-plan',
      message: 'Invalid step index or no steps in the plan',
    });
  });

  test('then outputs under one condition, and input names, that are there twice are refused together', () => {
    const builder = new PlanBuilder()
      .planInput('$a', '')
      .planInput('a', '')
      .step('1', null, '$x', null, 'if $a')
      .step('2', null, '$x', null, 'if not $a');
    expect(errorOf(() => builder.build()).details.why?.split('\n')).toHaveLength(1);
    expect(errorOf(() => builder.step('3', null, '$x', null, 'if $a').build())).toMatchObject({
      code: 'invalid-plan',
      details: {
        why:
          '/steps/2/output: Outputs + conditions must be unique. Give the step another output or another condition.\n' +
          '/plan_inputs/1/name: Plan input names must be unique. Remove one of them; $x and x are the same name.',
      },
    });
  });
});

describe('when a plan is printed for people then it looks as in the Python SDK', () => {
  test('with inputs, steps and a schema', () => {
    const plan = new PlanBuilder('q', z.object({}).meta({ title: 'Answer' }))
      .planInput('$city', 'The city')
      .planInput('$day', '')
      .step('Do it', 'portia:tool_a', '$o')
      .step('Second', 'tool_b', '$output_1', [{ name: '$o', description: 'desc' }], 'if $o')
      .build();
    expect(prettyPrint(plan)).toBe(
      [
        'Task: q',
        'Tools Available Summary: 1 portia tools, 1 other tools',
        'Inputs:',
        '    $city: (The city)',
        '    $day: (No description)',
        'Steps:',
        '- Do it',
        '    Inputs: ',
        '    Tool ID: portia:tool_a',
        '    Output: $o',
        '',
        '- Second',
        '    Inputs: $o: (desc)',
        '    Tool ID: tool_b',
        '    Output: $output_1',
        '  Condition: if $o',
        '',
        'Structured Output Schema: Answer',
      ].join('\n'),
    );
  });

  test('for one step, of any kind, and one name', () => {
    expect(prettyPrint({ kind: 'compute', expression: '1 + 1', output: '$two' })).toBe(
      '- Compute 1 + 1\n    Inputs: \n    Tool ID: None\n    Output: $two\n',
    );
    expect(prettyPrint({ name: '$a', description: 'b' })).toBe('$a: (b)');
  });
});

describe('when a plan comes in a response then it is read', () => {
  const file = JSON.parse(readFileSync('plans/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json', 'utf8')) as {
    id: string;
    plan_context: { query: string; tool_ids: string[] };
    steps: unknown[];
  };

  test.each([
    ['with its context inside', file],
    [
      'with query and tools beside the steps',
      { id: file.id, ...file.plan_context, steps: file.steps, plan_inputs: [] },
    ],
  ])('%s', (_how, response) => {
    const { id, plan_context, steps } = fromResponse(response);
    expect({ id, plan_context, steps }).toStrictEqual({
      id: file.id,
      plan_context: file.plan_context,
      steps: file.steps,
    });
  });

  test('and what is not a plan is refused', () => {
    expect(errorOf(() => fromResponse({ id: 'x' }))).toMatchObject({ code: 'invalid-plan' });
    expect(errorOf(() => fromResponse('x'))).toMatchObject({ code: 'invalid-plan' });
  });
});
