import { expect, test } from 'vitest';

import { expr } from '../../src/builder/reference.js';
import { PlanBuilder } from '../../src/builder/plan-builder.js';
import type { StepKindName } from '../../src/domain/plan/plan.js';

const body = (builder: PlanBuilder<string>) => builder.computeStep({ expression: '1', output: 'inner' });

/** How a program writes a step of each kind. A kind without a method is an error of the compiler here. */
const METHODS = {
  agent: (builder) => builder.singleToolAgentStep({ task: 'Do it.', tool: 'llm_tool', output: 'x' }),
  tool: (builder) => builder.invokeToolStep({ tool: 'calculator_tool', args: { math_question: '1' }, output: 'x' }),
  llm: (builder) => builder.llmStep({ task: 'Say it.', output: 'x' }),
  react: (builder) => builder.reactAgentStep({ task: 'Find it.', tools: ['search_tool'], output: 'x' }),
  compute: (builder) => builder.computeStep({ expression: '1', output: 'x' }),
  user_input: (builder) => builder.userInput({ message: 'What?', output: 'x' }),
  user_verify: (builder) => builder.userVerify({ message: 'Sure?' }),
  wait: (builder) => builder.wait({ for: '2d' }),
  wait_for: (builder) => builder.waitFor({ event: 'payment', output: 'x' }),
  plan: (builder) => builder.addSubPlan({ plan: new PlanBuilder('inner').exit().build(), output: 'x' }),
  exit: (builder) => builder.exit({ message: 'Done.' }),
  if: (builder) => body(builder.if_(expr`true`)).endif(),
  for_each: (builder) => body(builder.loop({ over: '[1]', as: 'item' })).endLoop(),
  while: (builder) => body(builder.loop({ while: expr`false` })).endLoop(),
  do_while: (builder) => body(builder.loop({ doWhile: expr`false` })).endLoop(),
} satisfies Record<StepKindName, (builder: PlanBuilder<string>) => PlanBuilder<string>>;

test('when a step says how its agent works then the plan has it', () => {
  const step = { task: 'Do it.', tool: 'calculator_tool', output: 'x', agent: 'verified' } as const;
  expect(new PlanBuilder('Try it').singleToolAgentStep(step).build().steps).toMatchObject([{ agent: 'verified' }]);
});

test('when a step that leaves a value has a form for it then the plan has it', () => {
  const outputSchema = { type: 'integer' };
  const plan = new PlanBuilder('Try it')
    .invokeToolStep({ tool: 'calculator_tool', args: { math_question: '1' }, output: 'a', outputSchema })
    .computeStep({ expression: '1', output: 'b', outputSchema })
    .userInput({ message: 'What?', output: 'c', outputSchema })
    .addSubPlan({ plan: new PlanBuilder('inner').exit().build(), output: 'd', outputSchema })
    .loop({ over: '[1]', as: 'item', output: 'e', outputSchema: { type: 'array' } })
    .computeStep({ expression: '1', output: 'inner' })
    .endLoop()
    .build();
  expect(plan.steps).toMatchObject([
    ...['a', 'b', 'c', 'd'].map((name) => ({ output: `$${name}`, output_schema: outputSchema })),
    { output: '$e', output_schema: { type: 'array' } },
  ]);
});

test('when a step says what is done after its failure then the plan has it in the step', () => {
  const plan = new PlanBuilder('Try it')
    .computeStep({ expression: "$number('x')", output: 'x' })
    .onError()
    .computeStep(({ failure }) => ({ expression: expr`${failure}.message`, output: 'x' }))
    .endOnError()
    .computeStep(({ x }) => ({ expression: x, output: 'y' }))
    .build();
  expect(plan.steps).toMatchObject([
    { output: '$x', on_error: [{ kind: 'compute', expression: '$failure.message', output: '$x' }] },
    { output: '$y' },
  ]);
});

test.each(Object.entries(METHODS))('when a step of the kind %s is built then it is one', (kind, make) => {
  const [step] = make(new PlanBuilder('Try it')).build().steps;
  expect(step?.kind ?? 'agent').toBe(kind);
});
