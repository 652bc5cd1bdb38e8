import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool, expr, Input, PlanBuilder, StepOutput, type Json } from '../../src/index.js';
import { now, planOf } from './hand-written.js';

const SUB_PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000001';

const builder = () => new PlanBuilder('q', { now }).input('list');

const search = defineTool({
  id: 'search_tool',
  name: 'Search',
  description: 'Searches.',
  args: z.object({ query: z.string() }),
  run: () => 'found',
});

describe('when a step is built then the plan is the one that a person would have written', () => {
  test('of kind llm', () => {
    const plan = builder().llmStep(({ list }) => ({
      task: `Sum up ${list.at('0')}`,
      inputs: [list, { name: 'list', description: 'what to sum up' }],
      outputSchema: z.object({ text: z.string() }),
      output: 'summary',
      systemPrompt: 'Be brief.',
      model: 'openai/gpt-x',
      timeoutMs: 1000,
      retries: 2,
    }));
    const schema = {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
    };
    expect(plan.build()).toStrictEqual(
      planOf([
        {
          kind: 'llm',
          task: 'Sum up {{ $list[0] }}',
          inputs: [{ name: '$list' }, { name: '$list', description: 'what to sum up' }],
          output: '$summary',
          output_schema: schema,
          system_prompt: 'Be brief.',
          model: 'openai/gpt-x',
          timeout_ms: 1000,
          retries: 2,
        },
      ]),
    );
  });

  test('of kind tool', () => {
    const plan = builder().invokeToolStep({
      tool: search,
      args: {
        query: Input('list', 'first name'),
        deep: [{ is: StepOutput('list') }, 1, null],
        said: `all ${Input('list')}`,
      },
    });
    const args = { query: '{{ $list.`first name` }}', deep: [{ is: '{{ $list }}' }, 1, null], said: 'all {{ $list }}' };
    expect(plan.build()).toStrictEqual(
      planOf([{ kind: 'tool', tool_id: 'search_tool', args, output: '$step_0' }], ['search_tool']),
    );
  });

  test('of kind compute', () => {
    const plan = builder()
      .computeStep({ expression: '$count($list)', output: '$size', when: expr`$exists(${Input('list')})` })
      .computeStep(({ size }) => ({ expression: size, stepName: 'Same again' }))
      .computeStep((names) => ({
        expression: expr`[${names['Same again']}, ${names.size}]`,
        condition: `${names.size} is odd`,
      }));
    expect(plan.build()).toStrictEqual(
      planOf([
        { kind: 'compute', expression: '$count($list)', output: '$size', when: '$exists($list)' },
        { kind: 'compute', name: 'Same again', expression: '$size', output: '$Same_again' },
        { kind: 'compute', expression: '[$Same_again, $size]', output: '$step_2', condition: '$size is odd' },
      ]),
    );
  });

  test('without a kind, and of kind react', () => {
    const plan = builder()
      .singleToolAgentStep({ task: 'Find it', tool: search, inputs: ['list'], output: 'found', writes: ['found/*.md'] })
      .reactAgentStep({
        task: 'Work',
        tools: [search, 'calculator_tool'],
        inputs: ['$found'],
        output: 'worked',
        maxToolCalls: 3,
        mayAsk: true,
        writes: ['out/*.md'],
        sends: 'allow',
      });
    expect(plan.build()).toStrictEqual(
      planOf(
        [
          {
            task: 'Find it',
            inputs: [{ name: '$list' }],
            tool_id: 'search_tool',
            output: '$found',
            writes: ['found/*.md'],
          },
          {
            kind: 'react',
            task: 'Work',
            inputs: [{ name: '$found' }],
            tools: ['search_tool', 'calculator_tool'],
            output: '$worked',
            max_tool_calls: 3,
            may_ask: true,
            writes: ['out/*.md'],
            sends: 'allow',
          },
        ],
        ['calculator_tool', 'search_tool'],
      ),
    );
  });

  test('of kind user_input, user_verify and exit', () => {
    const plan = builder()
      .userInput(({ list }) => ({ message: `Which of ${list}?`, options: list, output: 'one' }))
      .userInput(({ one }) => ({ message: 'Which?', options: ['a', one, 2], output: 'two' }))
      .userInput({ message: 'Which?', options: ['a', 2], output: 'three' })
      .userInput({ message: 'How many?', schema: z.int(), output: 'four' })
      .userVerify(({ two, three, four }) => ({ message: `${two} ${three} ${four}?`, output: 'agreed' }))
      .userVerify({ message: 'Sure?', stepName: 'Last question' })
      .exit(({ agreed }) => ({ message: `It is ${agreed}`, error: true, when: agreed }))
      .exit();
    expect(plan.build()).toStrictEqual(
      planOf([
        { kind: 'user_input', message: 'Which of {{ $list }}?', options: '$list', output: '$one' },
        { kind: 'user_input', message: 'Which?', options: '["a", $one, 2]', output: '$two' },
        { kind: 'user_input', message: 'Which?', options: ['a', 2], output: '$three' },
        {
          kind: 'user_input',
          message: 'How many?',
          schema: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
          output: '$four',
        },
        { kind: 'user_verify', message: '{{ $two }} {{ $three }} {{ $four }}?', output: '$agreed' },
        { kind: 'user_verify', name: 'Last question', message: 'Sure?' },
        { kind: 'exit', message: 'It is {{ $agreed }}', error: true, when: '$agreed' },
        { kind: 'exit', message: '' },
      ]),
    );
  });

  test('of kind plan', () => {
    const inner = new PlanBuilder('inner', { now })
      .input('words')
      .computeStep(({ words }) => ({ expression: expr`$count(${words})`, output: 'size' }))
      .build();
    const plan = builder()
      .addSubPlan(({ list }) => ({ plan: inner, inputs: { words: list }, output: 'size' }))
      .addSubPlan({ plan: SUB_PLAN_ID, inputs: { any: [StepOutput('size'), 'x'] } });
    expect(plan.build()).toStrictEqual(
      planOf([
        { kind: 'plan', plan: inner as unknown as Json, inputs: { words: '{{ $list }}' }, output: '$size' },
        { kind: 'plan', plan: SUB_PLAN_ID, inputs: { any: ['{{ $size }}', 'x'] }, output: '$step_1' },
      ]),
    );
  });
});

describe('when blocks are nested then so are the steps of the plan', () => {
  test('branches', () => {
    const plan = builder()
      .if_(({ list }) => expr`$count(${list}) > 2`, { stepName: 'How long?' })
      .computeStep({ expression: "'long'", output: 'size' })
      .elseIf(({ list }) => ({ condition: `${list} looks odd` }))
      .if_(({ list }) => list.at('flag'))
      .computeStep({ expression: "'odd'", output: 'size' })
      .endif()
      .else_()
      .exit({ message: 'short' })
      .endif()
      .computeStep(({ size }) => ({ expression: size }));
    const size = (expression: string) => ({ kind: 'compute', expression, output: '$size' });
    expect(plan.build()).toStrictEqual(
      planOf([
        {
          kind: 'if',
          name: 'How long?',
          branches: [
            { when: '$count($list) > 2', steps: [size("'long'")] },
            {
              condition: '$list looks odd',
              steps: [{ kind: 'if', branches: [{ when: '$list.flag', steps: [size("'odd'")] }] }],
            },
          ],
          else: [{ kind: 'exit', message: 'short' }],
        },
        { kind: 'compute', expression: '$size', output: '$step_9' },
      ]),
    );
  });

  test('loops', () => {
    const plan = builder()
      .loop(({ list }) => ({ over: list, as: 'row', output: 'rows', maxParallel: 2 }))
      .loop(({ row }) => ({ over: [row, { deep: row }, 1], stepName: 'Each part' }))
      .computeStep((names) => ({ expression: names['Each part'], output: 'part' }))
      .endLoop()
      .endLoop()
      .loop({ while: '$count($list) > 5', maxIterations: 3 })
      .computeStep({ expression: '1', output: 'once' })
      .endLoop()
      .loop({ doWhile: { condition: 'The list is long' }, output: 'last', stepName: 'Again' })
      .loop({ over: ['a', 'b'] })
      .computeStep(({ item }) => ({ expression: item, output: 'letter' }))
      .endLoop()
      .endLoop();
    const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });
    expect(plan.build()).toStrictEqual(
      planOf([
        {
          kind: 'for_each',
          over: '$list',
          as: 'row',
          output: '$rows',
          max_parallel: 2,
          steps: [
            {
              kind: 'for_each',
              name: 'Each part',
              over: '[$row, {"deep": $row}, 1]',
              as: 'Each_part',
              steps: [compute('$Each_part', '$part')],
            },
          ],
        },
        { kind: 'while', when: '$count($list) > 5', max_iterations: 3, steps: [compute('1', '$once')] },
        {
          kind: 'do_while',
          name: 'Again',
          condition: 'The list is long',
          output: '$last',
          steps: [{ kind: 'for_each', over: ['a', 'b'], as: 'item', steps: [compute('$item', '$letter')] }],
        },
      ]),
    );
  });
});

test('when a block has a guard, a time and retries then they are in the plan as on any other step', () => {
  const plan = new PlanBuilder('guarded')
    .computeStep({ expression: '[1, 2]', output: 'list' })
    .if_('true', { stepName: 'maybe', when: '$count($list) > 0', timeoutMs: 500, retries: 1 })
    .computeStep({ expression: '1', output: 'one' })
    .endif()
    .loop({ over: '$list', as: 'n', when: '$count($list) > 1', retries: 2, timeoutMs: 900, output: 'all' })
    .computeStep({ expression: '$n', output: 'it' })
    .endLoop()
    .loop({ while: 'false', timeoutMs: 100, retries: 3, output: 'last' })
    .computeStep({ expression: '1', output: 'two' })
    .endLoop()
    .build();
  expect(plan.steps.slice(1)).toMatchObject([
    { kind: 'if', name: 'maybe', when: '$count($list) > 0', timeout_ms: 500, retries: 1 },
    { kind: 'for_each', when: '$count($list) > 1', timeout_ms: 900, retries: 2 },
    { kind: 'while', when: 'false', timeout_ms: 100, retries: 3 },
  ]);
});
