import { describe, expect, expectTypeOf, test } from 'vitest';

import { expr, PlanBuilder, type Plan, type PortiaError } from '../../src/index.js';

// Each line below @ts-expect-error is refused by the compiler, which is what `npm run typecheck` checks.

/** How many problems the plan has that the compiler was told to let pass. */
function problemsOf(builder: { build(): Plan }): string[] {
  try {
    builder.build();
    return [];
  } catch (error) {
    return (error as PortiaError).details.why?.split('\n') ?? [];
  }
}

describe('when a step names what the plan has then it compiles', () => {
  test('by its output, its name, or its place', () => {
    const plan = new PlanBuilder('q')
      .input('$city')
      .computeStep(({ city }) => ({ expression: city, output: '$upper' }))
      .computeStep(({ upper }) => ({ expression: upper, stepName: 'by_name' }))
      .computeStep(({ by_name }) => ({ expression: by_name }))
      .llmStep(({ step_2 }) => ({ task: `${step_2}`, inputs: ['city', '$upper', { name: 'by_name' }] }));
    expectTypeOf(plan).toEqualTypeOf<PlanBuilder<'city' | 'upper' | 'by_name' | `step_${number}`>>();
    expect(problemsOf(plan)).toEqual([]);
  });

  test('inside of loops', () => {
    const plan = new PlanBuilder('q')
      .loop({ over: [1, 2], as: 'number', output: 'doubled' })
      .computeStep({ expression: '$number * 2', output: 'twice' })
      .endLoop();
    expectTypeOf(plan).toEqualTypeOf<PlanBuilder<'number' | 'doubled' | 'twice'>>();
    const named = new PlanBuilder('q')
      .loop({ over: [1, 2], stepName: 'each' })
      .computeStep(({ each }) => ({ expression: each }));
    expectTypeOf(named).toEqualTypeOf<PlanBuilder<'each' | `step_${number}`>>();
    const failing = new PlanBuilder('q')
      .loop({ over: [1, 2], as: 'nr', output: 'all', onError: 'continue' })
      .computeStep({ expression: '$nr', output: 'same' })
      .endLoop()
      .computeStep(({ all, failures }) => ({ expression: expr`[${all}, ${failures}.item]`, output: 'lost' }));
    expectTypeOf(failing).toEqualTypeOf<PlanBuilder<'nr' | 'all' | 'failures' | 'same' | 'lost'>>();
    expect(problemsOf(failing)).toEqual([]);
    const counting = new PlanBuilder('q').loop({ while: 'true', output: 'count' });
    expectTypeOf(counting).toEqualTypeOf<PlanBuilder<'count'>>();
  });

  test('any name, for a builder that is told so', () => {
    const names = ['first', 'second'];
    let plan = new PlanBuilder<string>('q');
    for (const output of names) plan = plan.computeStep({ expression: '1', output });
    expect(problemsOf(plan.llmStep({ task: 'Add', inputs: names, output: 'sum_of_all' }))).toEqual([]);
  });
});

describe('when a step names what the plan does not have then it does not compile, and cannot be built', () => {
  const builder = () => new PlanBuilder('q').input('city').computeStep({ expression: '1', output: 'size' });
  const endif = (open: PlanBuilder<string>) => open.exit().endif();
  const endLoop = (open: PlanBuilder<string>) => open.exit().endLoop();
  const later = (early: PlanBuilder<string>) => early.computeStep({ expression: 'true', output: 'late' });

  test.each<[string, { build(): Plan }]>([
    // @ts-expect-error -- There is no town.
    ['in a template', builder().llmStep(({ town }) => ({ task: `Go to ${town}` }))],
    // @ts-expect-error -- There is no town.
    ['as a property', builder().invokeToolStep((names) => ({ tool: 'go_tool', args: { to: names.town } }))],
    // @ts-expect-error -- There is no town.
    ['in inputs', builder().llmStep({ task: 'Go', inputs: ['size', 'town'] })],
    // @ts-expect-error -- There is no town.
    ['in described inputs', builder().llmStep({ task: 'Go', inputs: [{ name: 'town' }] })],
    // @ts-expect-error -- There is no town.
    ['in a condition', endif(builder().if_(({ town }) => town))],
    // @ts-expect-error -- There is no town.
    ['in a sentence', builder().exit(({ town }) => ({ condition: `${town} is big` }))],
    // @ts-expect-error -- There is no town.
    ['in a loop', endLoop(builder().loop(({ town }) => ({ over: town })))],
    // @ts-expect-error -- The step comes later.
    ['too early', later(builder().exit(({ late }) => ({ when: late })))],
  ])('%s', (_where, plan) => {
    expect(problemsOf(plan)).toHaveLength(1);
  });
});

test('when options do not fit then they do not compile', () => {
  const builder = () => new PlanBuilder('q');
  // @ts-expect-error -- A task is needed.
  expect(problemsOf(builder().llmStep({ output: 'x' }))).toHaveLength(1);
  // @ts-expect-error -- The key is misspelt.
  builder().llmStep({ task: 'x', outputs: 'y' });
  // @ts-expect-error -- One kind of loop only.
  builder().loop({ over: [1], while: 'true' });
  // @ts-expect-error -- One kind of loop is needed.
  builder().loop({ output: 'x' });
  // @ts-expect-error -- An argument is JSON, or a reference.
  builder().invokeToolStep({ tool: 'x', args: { y: () => 1 } });
});
