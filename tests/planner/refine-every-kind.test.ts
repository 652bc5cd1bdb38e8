import { describe, expect, test } from 'vitest';

import { authoredPlan } from '../../src/domain/plan/authored-plan.js';
import { completePlan } from '../../src/domain/plan/complete-plan.js';
import { diffPlans } from '../../src/domain/plan/plan-diff.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Json } from '../../src/domain/values/json.js';
import { planQuery } from '../../src/planner/plan-query.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../domain/plan-examples.js';
import { checkWith, toolsCalled } from './checked-reply.js';
import { PLANNED_THEN } from './planned-then.js';

describe('when a plan is refined, whatever kinds its steps have', () => {
  const LONG = { name: 'A name', retries: 2, timeout_ms: 9_000, when: '$count($list) > 0' };
  const kinds = Object.entries(STEPS_OF_EVERY_KIND).map(([kind, step]) => ({ kind, step: { ...step, ...LONG } }));
  const loops = ['while', 'do_while'];
  const planOf = (kind: string, step: { [key: string]: Json }) => {
    const first = loops.includes(kind) ? { ...step, when: '$count($list) < 0' } : step;
    const inputs = [{ name: '$list', description: 'Names.', default: ['Ada'], schema: { type: 'array' } }];
    return completePlan({ ...planWith([first, compute('1 + 1', '$two')], inputs), summarize: true });
  };
  const refined = async (plan: Plan, reply: Json, form: 'full' | 'simple') => {
    const result = await planQuery({
      query: 'q',
      tools: [{ id: 'search_tool', description: '', effect: 'read', inputSchema: {} }],
      model: {
        id: 'test/planner',
        simplePlans: form === 'simple',
        complete: () => {
          const usage = { calls: 1, input_tokens: 1, output_tokens: 1 };
          return Promise.resolve({ text: JSON.stringify(reply), toolCalls: [], usage });
        },
      },
      planInputs: plan.plan_inputs,
      ...PLANNED_THEN,
      check: checkWith(toolsCalled('search_tool')),
      refine: { plan, hint: 'double it' },
    });
    return result.kind === 'plan' ? completePlan(result.plan) : expect.fail(JSON.stringify(result));
  };
  const inSubstance = (before: Plan, after: Plan) => diffPlans(before, after).filter(({ part }) => part !== 'plan');
  const changed = [{ part: 'step', change: 'changed', path: '1' }];

  describe.each(kinds)('a step of the kind $kind', ({ kind, step }) => {
    const plan = planOf(kind, step);

    test.each(['full', 'simple'] as const)('when a reply in the %s form keeps it then it stays', async (form) => {
      const double = { kind: 'compute', expression: '2 + 2', output: '$two' };
      const reply = [{ keep: 0 }, form === 'full' ? double : { change: 1, step: double }];
      const after = await refined(plan, { steps: reply, error: null }, form);
      expect(after.steps[0]).toEqual(plan.steps[0]);
      expect(inSubstance(plan, after)).toMatchObject(changed);
      expect(after).toMatchObject({ summarize: true, plan_inputs: plan.plan_inputs });
    });

    test('when a reply writes it out as it was shown then it stays, too', async () => {
      const [shown] = authoredPlan(plan).steps as unknown as Json[];
      const reply = [shown ?? null, { kind: 'compute', expression: '2 + 2', output: '$two' }];
      expect(inSubstance(plan, await refined(plan, { steps: reply, error: null }, 'full'))).toMatchObject(changed);
    });

    test('when one key of it changes then all others stay', async () => {
      const [shown] = authoredPlan(plan).steps as unknown as { [key: string]: Json }[];
      const reply = [{ ...shown, retries: 3 }, { keep: 1 }];
      const after = await refined(plan, { steps: reply, error: null }, 'full');
      expect(after.steps[0]).toEqual({ ...plan.steps[0], retries: 3 });
    });
  });

  test('when the hint is about an input then what is different in it is taken', async () => {
    const plan = planOf('compute', STEPS_OF_EVERY_KIND.compute);
    const reply = {
      steps: [{ keep: 0 }, { keep: 1 }],
      plan_inputs: [{ name: 'list', default: ['Bo'], description: null }],
    };
    const after = await refined(plan, reply, 'full');
    expect(after.plan_inputs).toEqual([{ ...plan.plan_inputs[0], default: ['Bo'] }]);
  });
});
