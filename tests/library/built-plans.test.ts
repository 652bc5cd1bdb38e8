import { describe, expect, test } from 'vitest';

import { expr, Input, PlanBuilder, type Clarification, type Json } from '../../src/index.js';
import { PlanBuilder as DeprecatedPlanBuilder } from '../../src/plan.js';
import { doublingTool, portiaIn, scriptedModel } from './library-doubles.js';

/** A handler that gives these answers, one after the other. */
function answering(...answers: Json[]) {
  const ask = (questions: Clarification[]) =>
    Promise.resolve(questions.map(({ id }) => ({ id, response: answers.shift() ?? null, channel: 'api' as const })));
  return { ask };
}

describe('when a built plan is run then it does what was written', () => {
  test('with blocks, questions, tools and values that keep their type', async () => {
    const { tool, calls } = doublingTool();
    const plan = new PlanBuilder('Count and double')
      .input('limit', { default: 10 })
      .userInput({ message: 'Which numbers?', schema: { type: 'array' }, output: 'numbers' })
      .loop(({ numbers }) => ({ over: numbers, as: 'n', output: 'doubled' }))
      .invokeToolStep(({ n }) => ({ tool, args: { value: n } }))
      .endLoop()
      .computeStep(({ doubled }) => ({ expression: expr`$sum(${doubled})`, stepName: 'total' }))
      .userInput(({ doubled }) => ({ message: 'Which one?', options: doubled, output: 'chosen' }))
      .computeStep({ expression: '0', output: 'turns' })
      .loop(({ turns }) => ({ doWhile: expr`${turns} < 3` }))
      .computeStep(({ turns }) => ({ expression: expr`${turns} + 1`, output: 'turns' }))
      .endLoop()
      .if_(({ total, limit }) => expr`${total} > ${limit}`)
      .userVerify(({ total }) => ({ message: `Is ${total} right?` }))
      .exit(({ total, chosen }) => ({ message: `${total} is more than ${Input('limit')}; ${chosen} was chosen` }))
      .else_()
      .exit({ message: 'It is little', error: true })
      .endif()
      .build();
    const { portia } = portiaIn({
      store: 'memory:',
      tools: [tool],
      clarificationHandler: answering([1, 2, 3], 4, true),
    });
    const run = await portia.runPlan(plan);
    expect(run).toMatchObject({
      state: 'COMPLETE',
      plan_id: plan.id,
      outputs: { step_outputs: { $doubled: { value: [2, 4, 6] }, $total: { value: 12 }, $chosen: { value: 4 } } },
    });
    expect(run.outputs.final_output).toMatchObject({ value: '12 is more than 10; 4 was chosen' });
    expect(calls).toEqual([1, 2, 3]);
  });

  test('with models, and a summary at the end', async () => {
    const { model, requests } = scriptedModel(
      'a cat',
      '{"outcome":"continue","reason":"it is"}',
      'It is a cat.',
      'All done.',
    );
    const plan = new PlanBuilder('Name an animal')
      .llmStep({ task: 'Name one', output: 'animal' })
      .singleToolAgentStep(({ animal }) => ({
        task: `Describe ${animal}`,
        tool: 'llm_tool',
        inputs: [animal],
        condition: `${animal} is a cat`,
      }))
      .finalOutput({ summarize: true })
      .build();
    const { portia } = portiaIn({ store: 'memory:', model });
    const run = await portia.runPlan(plan);
    expect(run).toMatchObject({ state: 'COMPLETE', usage: { calls: 4 } });
    expect(run.outputs.final_output).toEqual({ value: 'It is a cat.', summary: 'All done.' });
    const asked = requests.map(({ messages }) => messages.map(({ text }) => text).join('\n'));
    expect(asked[1]).toContain('$animal is a cat');
    expect(asked[2]).toContain('Describe a cat');
  });

  test('by the builder that is deprecated', async () => {
    const { model, requests } = scriptedModel('twenty-one', 'It is twenty-one.');
    const plan = new DeprecatedPlanBuilder('Say it')
      .planInput('$number', 'What to say')
      .step('Say it in words', 'llm_tool', '$words', [{ name: '$number' }])
      .step('Tell it')
      .input('$words', 'what to tell')
      .build();
    const { portia } = portiaIn({ store: 'memory:', model });
    const run = await portia.runPlan(plan, { inputs: { number: 21 } });
    expect(run).toMatchObject({ state: 'COMPLETE', plan_id: plan.id });
    expect(run.outputs.final_output).toMatchObject({ value: 'It is twenty-one.' });
    expect(requests.map(({ messages }) => messages.at(-1)?.text)).toEqual([
      expect.stringContaining('21') as string,
      expect.stringContaining('twenty-one') as string,
    ]);
  });
});
