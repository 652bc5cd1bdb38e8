import { describe, expect, test } from 'vitest';

import { keysOfKind } from '../../../src/domain/plan-check/key-rules.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { stepKind } from '../../../src/domain/plan/step-kinds/step-kinds.js';
import { planSchema } from '../../../src/domain/plan/plan-schema.js';
import { publishedSchema } from '../../../src/domain/published-schemas.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

const problemsOf = (step: Parameters<typeof planWith>[0][0]) =>
  checkPlan(planWith([step])).filter((problem) => problem.rule === 'unknown-key');

describe('keys of a step', () => {
  test.each([
    ['whn', compute('1', '$x', { whn: 'false' }), 'when', '/steps/0/whn'],
    ['arg', { kind: 'tool', tool_id: 't', arg: {}, output: '$x' }, 'args', '/steps/0/arg'],
    [
      'a key of a branch',
      { kind: 'if', branches: [{ when: 'true', conditon: 'x', steps: [compute('1', '$x')] }] },
      'condition',
      '/steps/0/branches/0/conditon',
    ],
  ])('when %s is a slip then the plan is wrong, and what was meant is named', (_name, step, meant, pointer) => {
    expect(problemsOf(step)).toMatchObject([{ severity: 'error', pointer, fix: `Did you mean ${meant}?` }]);
  });

  test('when a key is of somebody else then it is kept, with a warning', () => {
    expect(problemsOf(compute('1', '$x', { acme_colour: 'red' }))).toMatchObject([{ severity: 'warning' }]);
  });

  test('when every kind has all the keys of the published schema then none is unknown', () => {
    const text = JSON.stringify(publishedSchema('plan'));
    for (const step of Object.values(STEPS_OF_EVERY_KIND)) {
      const kind = stepKind(planSchema.parse(planWith([step])).steps[0] as never);
      expect(problemsOf(step)).toEqual([]);
      for (const key of keysOfKind(kind)) expect(text).toContain(`"${key}"`);
    }
  });
});

test.each([
  { kind: 'llm', task: 't', output: '$x' },
  { kind: 'react', task: 't', tools: ['t'], output: '$x' },
  { task: 't', tool_id: 't', output: '$x' },
])('when %j names a program as its model then the plan is wrong', (step) => {
  const wrong = checkPlan(planWith([{ ...step, model: 'exec:touch started' }]));
  expect(wrong).toContainEqual(
    expect.objectContaining({ severity: 'error', rule: 'program-model', pointer: '/steps/0/model' }),
  );
  expect(checkPlan(planWith([{ ...step, model: 'openai/exec' }])).map(({ rule }) => rule)).not.toContain(
    'program-model',
  );
});
