import { expect, test } from 'vitest';

import { completePlan } from '../../../src/domain/plan/complete-plan.js';
import { allSteps, stepOutput } from '../../../src/domain/plan/plan-steps.js';
import type { StepKindName } from '../../../src/domain/plan/plan.js';
import { planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

test.each<[StepKindName, string, string[]]>([
  ['tool', 'Call search_tool with {"query":"{{ $list[0] }}"}.', ['$list']],
  ['compute', 'Compute $count($list)', ['$list']],
  ['user_input', 'Which of {{ $list }}?', ['$list']],
  ['for_each', 'Do the steps for each of $list', ['$list']],
])('when a step of kind %s says no task and no inputs then both are made from it', (kind, task, names) => {
  const plan = completePlan(planWith([STEPS_OF_EVERY_KIND[kind]]));
  const inputs = names.map((name) => ({ name, description: '' }));
  expect(plan.steps[0]).toMatchObject({ task, inputs });
  expect(Object.keys(plan.steps[0] ?? {}).slice(0, 2)).toEqual(['task', 'inputs']);
});

test('when the author gave a task or inputs then they stay', () => {
  const inputs = [{ name: '$other', description: 'theirs' }];
  const plan = completePlan(planWith([{ ...STEPS_OF_EVERY_KIND['compute'], task: 'Count', inputs }]));
  expect(plan.steps[0]).toMatchObject({ task: 'Count', inputs });
});

test('when arguments are long then the task names them instead of repeating them', () => {
  const args = { filename: 'a.txt', content: 'x'.repeat(10_000) };
  const plan = completePlan(planWith([{ kind: 'tool', tool_id: 'file_writer_tool', args, output: '$written' }]));
  expect(plan.steps[0]).toMatchObject({ task: 'Call file_writer_tool with filename, content.' });
});

test('when a plan has steps in blocks then every one that leaves an output has both, and twice changes nothing', () => {
  const plan = completePlan(planWith(Object.values(STEPS_OF_EVERY_KIND)));
  for (const step of allSteps(plan.steps).filter((one) => stepOutput(one) !== undefined && one.kind !== 'plan')) {
    expect(step).toMatchObject({ task: expect.any(String), inputs: expect.any(Array) });
  }
  expect(completePlan(plan)).toEqual(plan);
});
