import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { expr, PlanBuilder, PortiaError, StepOutput, type Plan, type Value } from '../../src/index.js';

/** The problems that the plan is refused with, each as its pointer, its message and its fix. */
function problemsOf(builder: { build(): Plan }): string[] {
  try {
    builder.build();
  } catch (error) {
    expect(error).toBeInstanceOf(PortiaError);
    const { code, details } = error as PortiaError;
    expect(code).toBe('invalid-plan');
    return details.why?.split('\n') ?? [];
  }
  return [];
}

const builder = () => new PlanBuilder<string>('q');

describe('when a block is not what it should be then the plan says where', () => {
  test.each<[string, { build(): Plan }, string[]]>([
    [
      'never closed',
      builder()
        .if_('true')
        .loop({ over: [1] })
        .exit(),
      [
        '/steps/0: The if_() that begins here is never closed. Close it with endif().',
        '/steps/0/branches/0/steps/0: The loop() that begins here is never closed. Close it with endLoop().',
      ],
    ],
    [
      'closed without being begun',
      builder().exit().endif().endLoop().else_().elseIf('true'),
      [
        '/steps/1: endif() is outside of an if_(). Begin one with if_() before it, or remove it.',
        '/steps/1: endLoop() is outside of a loop(). Begin one with loop() before it, or remove it.',
        '/steps/1: else_() is outside of an if_(). Begin one with if_() before it, or remove it.',
        '/steps/1: elseIf() is outside of an if_(). Begin one with if_() before it, or remove it.',
      ],
    ],
    [
      'closed before the one inside of it',
      builder()
        .if_('true')
        .loop({ over: [1] })
        .exit()
        .endif()
        .endLoop()
        .endif(),
      [
        '/steps/0/branches/0/steps/0/steps/1: endif() is outside of an if_(). Close the loop() at /steps/0/branches/0/steps/0 first.',
      ],
    ],
    [
      'with branches after the last one',
      builder().if_('true').exit().else_().exit().elseIf('false').exit().else_().exit().endif(),
      [
        '/steps/0: elseIf() comes after else_(). Put else_() last: it covers every other case.',
        '/steps/0: This if_() has two else_(). Close the first if_() with endif().',
      ],
    ],
    [
      'empty',
      builder()
        .if_('true')
        .else_()
        .exit(({ nothing }) => ({ when: nothing }))
        .endif()
        .loop({ while: 'true' })
        .endLoop(),
      [
        '/steps/0/branches/0/steps: a block needs at least one step',
        '/steps/1/steps: a block needs at least one step',
        '/steps/0/else/0/when: Nothing defines $nothing. Use an output of an earlier step, or declare it under plan_inputs. No name is defined here.',
      ],
    ],
    [
      'of several kinds, or of none',
      [{ over: [1], while: 'true' }, { output: 'x' }].reduce(
        (plan, kinds) =>
          plan
            .loop(kinds as { over: number[] })
            .exit()
            .endLoop(),
        builder(),
      ),
      [
        '/steps/0: A loop has one of over, while and doWhile; this one has over and while. Choose over to go through a list, while to look before each round, doWhile to look after it.',
        '/steps/1: A loop has one of over, while and doWhile; this one has none. Choose over to go through a list, while to look before each round, doWhile to look after it.',
      ],
    ],
  ])('%s', (_what, plan, problems) => {
    expect(problemsOf(plan)).toEqual(problems);
  });
});

describe('when a name is not what it should be then the plan says where', () => {
  test.each<[string, { build(): Plan }, string[]]>([
    [
      'two of them',
      builder()
        .input('a')
        .input('$a')
        .computeStep({ expression: '1', output: 'b', stepName: 'same' })
        .computeStep({ expression: '$b', output: 'b' })
        .computeStep({ expression: '$a', output: 'c', stepName: 'same' }),
      [
        '/steps/2/name: Another step here is called "same", too. Give one of them another stepName.',
        '/plan_inputs/1/name: The plan input $a is declared twice. Remove one of them; $x and x are the same name.',
        '/steps/1/output: This step and step 1 both leave $b under the same condition. Give one of them another output name or another condition.',
      ],
    ],
    [
      'none that expressions know',
      builder()
        .input('my city')
        .computeStep({ expression: '1', output: 'sum' })
        .loop({ over: [1], as: '1st' })
        .exit({ message: `${StepOutput('sum')} ${StepOutput('1st')}` })
        .endLoop(),
      [
        '/plan_inputs/0/name: Expressions cannot refer to "my city". Use letters, digits and _, no digit first, and no name of a JSONata function: my_city.',
        '/steps/0/output: Expressions cannot refer to "sum". Use letters, digits and _, no digit first, and no name of a JSONata function: sum_.',
        '/steps/1/as: Expressions cannot refer to "1st". Use letters, digits and _, no digit first, and no name of a JSONata function: _1st.',
      ],
    ],
    [
      'one that nothing defines, anywhere',
      builder()
        .invokeToolStep({ tool: 'any_tool', args: { deep: [{ x: StepOutput('no_arg') }] } })
        .llmStep({ task: `${StepOutput('no_task')}`, inputs: [StepOutput('no_input')] })
        .exit({ condition: `${StepOutput('no_sentence')} is big` })
        .computeStep({ expression: expr`${StepOutput(9)} + 1` }),
      [
        '/steps/0/args/deep/0/x',
        '/steps/1/inputs/0/name',
        '/steps/1/task',
        '/steps/3/expression',
        '/steps/2/condition',
      ].map((pointer) => expect.stringContaining(`${pointer}: Nothing defines $`) as string),
    ],
    [
      'one that a plan inside does not have',
      builder().addSubPlan({
        plan: new PlanBuilder('inner').input('words').input('limit').computeStep({ expression: '1' }).build(),
        inputs: { limit: 1, 'a/b': 2 },
      }),
      [
        '/steps/0/inputs/a~1b: The plan has no input a/b. It has: limit, words.',
        '/steps/0/inputs/a~1b: The plan of this step has no input a/b. It has: words, limit.',
        '/steps/0/inputs: The plan of this step needs the input words. Add it: "inputs": { "words": … }',
      ],
    ],
    [
      'a part of a value where a whole one belongs',
      builder()
        .input('a')
        .llmStep({ task: 'x', inputs: [StepOutput('a', 'b.0')] }),
      [
        '/steps/0/inputs/0: A step takes whole values, and $a.b[0] is a part of one. Write ${reference} in the task, or make the part a value of its own with computeStep.',
      ],
    ],
  ])('%s', (_what, plan, problems) => {
    expect(problemsOf(plan)).toEqual(problems);
  });
});

describe('when a value is not what it should be then the plan says where', () => {
  const cycle: { [key: string]: Value } = {};
  cycle['self'] = [cycle];
  let deep: Value = [StepOutput('step_0')];
  for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];

  test.each<[string, { build(): Plan }, string[]]>([
    [
      'a template in an expression',
      builder()
        .input('total')
        .computeStep({ expression: `${StepOutput('total')} + ${StepOutput('nothing')}` }),
      [
        '/steps/0/expression: In a plain text a reference becomes a template, which an expression cannot have. Write the text as expr`…`.',
        '/steps/0/expression: Nothing defines $nothing. Use an output of an earlier step, or declare it under plan_inputs. The names here: $total.',
      ],
    ],
    [
      'an expression that does not parse',
      builder().if_('1 +').exit().endif(),
      [expect.stringMatching(/^\/steps\/0\/branches\/0\/when: Character \d+: /) as string],
    ],
    [
      'no JSON',
      builder()
        .invokeToolStep({ tool: 'any_tool', args: { x: Number.NaN } })
        .invokeToolStep({ tool: 'any_tool', args: cycle })
        .invokeToolStep({ tool: 'any_tool', args: { deep } })
        .loop({ over: [StepOutput('step_0'), Number.POSITIVE_INFINITY] })
        .exit()
        .endLoop(),
      [
        '/steps/0/args: It is not JSON: /x is NaN, which JSON cannot express.',
        '/steps/1/args: It is not JSON: /self/0/self/0 is a cycle.',
        `/steps/2/args: It is not JSON: /deep${'/0'.repeat(255)} is nested deeper than 256 levels.`,
        '/steps/3/over: It is not JSON: /1 is Infinity, which JSON cannot express.',
      ],
    ],
    [
      'a schema that JSON cannot say',
      builder().llmStep({
        task: 'x',
        outputSchema: z.lazy(() => {
          throw new Error('no schema');
        }),
      }),
      ['/steps/0/output_schema: JSON Schema cannot say it: no schema. Use only zod types that JSON can express.'],
    ],
    [
      'a number out of bounds, or an empty list',
      builder()
        .reactAgentStep({ task: `${StepOutput('x')}`, tools: [], retries: 101, timeoutMs: 0 })
        .userInput({ message: '', options: [] }),
      [
        '/steps/0/retries: must be at most 100',
        '/steps/0/task: Nothing defines $x. Use an output of an earlier step, or declare it under plan_inputs. No name is defined here.',
        '/steps/0/timeout_ms: must be above 0',
        '/steps/0/tools: must have at least 1 item',
        '/steps/1/options: must have at least 1 item',
      ],
    ],
    [
      'what is done after a failure in no place, twice, or without an end',
      builder().onError().endOnError().computeStep({ expression: '1' }).onError().exit().endOnError().onError().exit(),
      [
        '/steps/0: onError() has no step before it. Put it behind the step that it is for.',
        '/steps/0: endOnError() is outside of an onError(). Begin one with onError() before it, or remove it.',
        '/steps/1: The step before has an on_error already. Keep one of them.',
        '/steps/0: The onError() that begins here is never closed. Close it with endOnError().',
      ],
    ],
    ['nothing at all', builder(), ['/steps: The plan has no steps. Add at least one step.']],
  ])('%s', (_what, plan, problems) => {
    expect(problemsOf(plan).sort()).toEqual([...problems].sort());
  });
});
