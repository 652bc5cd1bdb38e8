import { describe, expect, test } from 'vitest';

import type { Problem } from '../../../src/domain/errors.js';
import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { portia } from '../../../src/domain/next-step.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { Plan, PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith } from '../plan-examples.js';

const idOf = (number: number) => `plan-00000000-0000-4000-8000-${String(number).padStart(12, '0')}` as const;
const run = (plan: Json, inputs: { [key: string]: Json } = {}) => ({ kind: 'plan', plan, inputs, output: '$out' });

/** Plan `number`, with these steps. */
function stored(number: number, steps: Json[], inputs: PlanInput[] = [], more: Partial<Plan> = {}): [string, Plan] {
  return [idOf(number), { ...planWith(steps, inputs), id: idOf(number), ...more }];
}

function problemsOf(plan: Plan, plans: [string, Plan][]): Problem[] {
  const tools = new Map([
    ['t', { inputSchema: (): JsonSchema => ({ properties: { n: { type: 'number' } } }) }],
    ['sends', { inputSchema: () => ({}), effect: 'once' as const, source: 'module' }],
  ]);
  return checkPlan(plan, { plans: new Map(plans), tools });
}

function errorsOf(plan: Plan, plans: [string, Plan][]): string[] {
  return problemsOf(plan, plans).flatMap(({ severity, rule, pointer }) =>
    severity === 'error' ? [`${rule} ${pointer}`] : [],
  );
}

const ONE = compute('1', 'a');

/** A plan that is written inside of a step. */
const inline = (steps: Json[], more: { [key: string]: Json } = {}) => ({
  plan_context: { query: 'q', tool_ids: [] },
  steps,
  ...more,
});

describe('a plan that a step runs by its id', () => {
  test('when it is there and gets what it needs then nothing is wrong', () => {
    const inner = stored(1, [compute('$city & $unit', 'a')], [{ name: '$city' }, { name: 'unit', default: 'C' }]);
    expect(errorsOf(planWith([run(idOf(1), { city: 'Rome' })]), [inner])).toEqual([]);
    expect(errorsOf(planWith([run(idOf(1), { $city: 'Rome', $unit: 'F' })]), [inner])).toEqual([]);
  });

  test('when it is not there, or is not an id, then that is reported; without plans at hand nothing is', () => {
    const steps = [run(idOf(1)), { ...run('../../x'), output: '$b' }];
    expect(errorsOf(planWith(steps), [])).toEqual(['unknown-plan /steps/0/plan', 'unknown-plan /steps/1/plan']);
    expect(checkPlan(planWith([run(idOf(1))]))).toEqual([]);
  });

  test('when inputs are missing, unknown or of the wrong type then each is reported', () => {
    const inner = stored(
      1,
      [compute('$city & $days', 'a')],
      [{ name: '$city' }, { name: '$days', schema: { type: 'integer' } }],
    );
    const problems = problemsOf(planWith([run(idOf(1), { citi: 'x', days: 'many' })]), [inner]);
    expect(problems).toMatchObject([
      { rule: 'unknown-input', pointer: '/steps/0/inputs/citi', message: expect.stringMatching(/Did you mean city/) },
      { rule: 'type-clash', pointer: '/steps/0/inputs/days' },
      { rule: 'missing-input', pointer: '/steps/0/inputs', message: 'The plan of this step needs the input city.' },
    ]);
  });

  test('when it says what it leaves then that is the type of the step', () => {
    const inner = stored(1, [ONE], [], { output_schema: { type: 'string' } });
    const use = { kind: 'tool', tool_id: 't', args: { n: '{{ $out }}' }, output: '$b' };
    expect(errorsOf(planWith([run(idOf(1)), use]), [inner])).toEqual(['type-clash /steps/1/args/n']);
  });

  test('when it has an error itself then one problem says so, and how to see all', () => {
    const inner = stored(1, [compute('$no', 'a'), compute('1 +', 'b')]);
    const problems = problemsOf(planWith([run(idOf(1))]), [inner]);
    expect(problems).toMatchObject([
      {
        rule: 'broken-plan',
        pointer: '/steps/0/plan',
        message: expect.stringMatching(/Nothing defines \$no/),
        fix: portia('check', idOf(1)),
      },
    ]);
  });

  test('when it asks and acts then the step does', () => {
    const inner = stored(1, [{ kind: 'tool', tool_id: 'sends', output: 'a' }]);
    expect(problemsOf(planWith([run(idOf(1))]), [inner])).toMatchObject([
      { severity: 'note', rule: 'asks-a-person', pointer: '/steps/0' },
      { severity: 'note', rule: 'acts', pointer: '/steps/0', about: 'sends (once)' },
    ]);
  });
});

describe('circles and depth', () => {
  test('when plans run each other in a circle then it is reported at the step, naming them', () => {
    const plans = [stored(1, [run(idOf(2))]), stored(2, [run(idOf(3))]), stored(3, [run(idOf(1))])];
    const outer = problemsOf(planWith([run(idOf(1))]), plans);
    expect(outer).toMatchObject([{ rule: 'plan-circle', pointer: '/steps/0/plan' }]);
    expect(outer[0]?.message).toContain([1, 2, 3, 1].map(idOf).join(' → '));
    const own = stored(7, [run(idOf(7))]);
    expect(errorsOf(own[1], [own])).toEqual(['plan-circle /steps/0/plan']);
  });

  test('when the circle goes through a plan that is written inside then it is reported there', () => {
    const own = stored(7, [run(inline([run(idOf(7))]))]);
    expect(errorsOf(own[1], [own])).toEqual(['plan-circle /steps/0/plan/steps/0/plan']);
  });

  test('when plans nest in each other 16 deep then it is fine, and deeper it is an error', () => {
    const chain = Array.from({ length: 20 }, (_, index) =>
      stored(index, index === 19 ? [ONE] : [run(idOf(index + 1))]),
    );
    expect(errorsOf(planWith([run(idOf(4))]), chain)).toEqual([]);
    expect(errorsOf(planWith([run(idOf(3))]), chain)).toEqual(['plan-too-deep /steps/0/plan']);
  });

  test('when plans that are written inside nest too deeply then it is reported once', () => {
    const nest = (levels: number): Json => inline([levels === 1 ? ONE : run(nest(levels - 1))]);
    expect(errorsOf(planWith([run(nest(16))]), [])).toEqual([]);
    expect(errorsOf(planWith([run(nest(17))]), []).map((error) => error.split(' ')[0])).toEqual(['plan-too-deep']);
  });

  test('when every plan runs two others then each is judged once', () => {
    const plans = Array.from({ length: 400 }, (_, index) =>
      stored(index, index > 390 ? [ONE] : [run(idOf(index + 1)), { ...run(idOf(index + 2)), output: '$b' }]),
    );
    expect(errorsOf(planWith([run(idOf(0))]), plans)).toEqual(['plan-too-deep /steps/0/plan']);
  });
});

describe('a plan that is written inside of a step', () => {
  test('when something in it is wrong then its pointer leads inside', () => {
    const inner = inline([compute('$x + $outer', 'a'), { kind: 'tool', tool_id: 'no', output: 'b' }], {
      plan_inputs: [{ name: 'x' }],
    });
    expect(errorsOf(planWith([compute('1', 'outer'), run(inner, { x: '{{ $outer }}' })]), [])).toEqual([
      'unknown-reference /steps/1/plan/steps/0/expression',
      'unknown-tool /steps/1/plan/steps/1/tool_id',
    ]);
    expect(errorsOf(planWith([run(inline([]))]), [])).toEqual(['no-steps /steps/0/plan/steps']);
    expect(errorsOf(planWith([run({ ...inner, steps: [ONE] })]), [])).toEqual(['missing-input /steps/0/inputs']);
  });

  test('when it asks and acts then the notes lead inside', () => {
    const inner = inline([{ kind: 'tool', tool_id: 'sends', output: 'a' }]);
    expect(problemsOf(planWith([run(inner)]), []).map(({ rule, pointer }) => `${rule} ${pointer}`)).toEqual([
      'asks-a-person /steps/0/plan/steps/0',
      'acts /steps/0/plan/steps/0',
    ]);
  });
});
