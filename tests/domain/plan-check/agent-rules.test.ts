import { expect, test } from 'vitest';

import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { planWith } from '../plan-examples.js';

const rulesOf = (tool_id: string | null) =>
  checkPlan(planWith([{ task: 't', output: 'a', agent: 'verified', tool_id }]))
    .filter(({ severity }) => severity !== 'note')
    .map(({ rule, pointer }) => `${rule} ${pointer}`);

test('when a step says how its agent works then it has a tool, or is told that this means nothing', () => {
  expect(rulesOf('calculator_tool')).toEqual([]);
  expect(rulesOf(null)).toEqual(['unused-agent /steps/0/agent']);
  expect(rulesOf('llm_tool')).toEqual(['unused-agent /steps/0/agent']);
});
